import Routing
import Testing

@Suite struct AddressLimiterTests {
  static func key(_ number: UInt32) -> AddressKey {
    AddressKey(ClientAddress(ipv4: number, port: 1))
  }

  @Test func concurrentConnections() {
    var limiter = AddressLimiter(
      limits: .init(concurrent: 3, rate: 0, burst: 0), capacity: 64, seed: 1)
    for _ in 0..<3 { #expect(limiter.admit(Self.key(1), now: 0) == true) }
    #expect(limiter.admit(Self.key(1), now: 0) == false)
    #expect(limiter.admit(Self.key(2), now: 0) == true)
    limiter.release(Self.key(1))
    #expect(limiter.admit(Self.key(1), now: 0) == true)
    #expect(limiter.admit(Self.key(1), now: 1_000_000) == false)
  }

  @Test func rateAndBurst() {
    var limiter = AddressLimiter(
      limits: .init(concurrent: 0, rate: 10, burst: 5), capacity: 64, seed: 1)
    func admitted(_ tries: Int, at now: Int64) -> Int {
      (0..<tries).count { _ in limiter.admit(Self.key(7), now: now) }
    }
    #expect(admitted(20, at: 1000) == 5)
    #expect(admitted(20, at: 1100) == 1)
    #expect(admitted(20, at: 1300) == 2)
    #expect(admitted(20, at: 100_000) == 5)
    // A clock that stands still or a huge gap does no harm.
    #expect(admitted(20, at: 100_000) == 0)
    #expect(admitted(20, at: .max / 2) == 5)
  }

  @Test func ipv6CountsBySixtyFour() {
    let one = AddressKey(ClientAddress(high: 0x2001_0db8_0000_0001, low: 1, port: 1))
    let same = AddressKey(ClientAddress(high: 0x2001_0db8_0000_0001, low: 99, port: 2))
    let other = AddressKey(ClientAddress(high: 0x2001_0db8_0000_0002, low: 1, port: 1))
    #expect(one == same)
    #expect(one != other)
    #expect(Self.key(1) != AddressKey(ClientAddress(high: 1, low: 0, port: 1)))
  }

  /// More addresses than places: nobody who behaves is turned away, and a held connection keeps its place.
  @Test func floodOfAddresses() {
    var limiter = AddressLimiter(
      limits: .init(concurrent: 2, rate: 5, burst: 5), capacity: 256, seed: 42)
    #expect(limiter.admit(Self.key(1), now: 0) == true)
    #expect(limiter.admit(Self.key(1), now: 0) == true)
    for number in 2..<50_000 as Range<UInt32> {
      #expect(limiter.admit(Self.key(number), now: Int64(number)) == true)
      limiter.release(Self.key(number))
    }
    #expect(limiter.admit(Self.key(1), now: 50_000) == false)
  }
}

import Routing
import Shared
import Testing

@testable import RedirectEdge

/// Who was sent where a moment ago.
@Suite struct RetryMemoryTests {
  static let here = ClientAddress(ipv4: 0x0a00_0001, port: 1000)
  let memory = RetryMemory(key: (1, 2))

  func returns(
    _ user: String = "alice@im.example", from client: ClientAddress = here, to node: Int = 3,
    at now: Int64, window: Int64 = 10_000
  ) -> Bool {
    memory.returns(Array(user.utf8).span, from: client, to: node, now: now, window: window)
  }

  @Test func withinTheWindow() {
    #expect(!returns(at: 1_000_000))
    #expect(returns(at: 1_000_001))
    #expect(returns(at: 1_009_000))
    #expect(!returns(at: 1_029_000))
    #expect(returns(at: 1_029_500))
  }

  /// A machine that has just started counts from 0.
  @Test func nothingIsKnownAtFirst() {
    #expect(!returns(at: 0))
    #expect(!returns("bob@im.example", to: 0, at: 1))
  }

  @Test func anotherPortIsTheSameClient() {
    #expect(!returns(at: 5000))
    #expect(returns(from: ClientAddress(ipv4: 0x0a00_0001, port: 2000), at: 5100))
  }

  @Test func othersAreOthers() {
    #expect(!returns(at: 5000))
    #expect(!returns("bob@im.example", at: 5000))
    #expect(!returns(from: ClientAddress(ipv4: 0x0a00_0002, port: 1000), at: 5000))
    #expect(!returns(from: ClientAddress(high: 1, low: 0xffff_0a00_0001, port: 1000), at: 5000))
    #expect(returns(at: 5001))
    // Sent elsewhere: the evidence is against that node, from now on.
    #expect(!returns(to: 4, at: 5002))
    #expect(returns(to: 4, at: 5003))
  }

  /// The time in a word goes round after 2^24 ticks of 64 ms; a client that returns just then is not taken for a quick one
  /// more than once a round.
  @Test func theClockGoesRound() {
    let round: Int64 = 1 << 24 * 64
    let end = round - 10
    #expect(!returns(at: end))
    #expect(returns(at: end + 500))
    #expect(!returns(at: end + round / 2))
    #expect(!returns(at: Int64.max / 2))
  }

  /// Clients push each other out, but are hardly ever taken for each other.
  @Test func strangersCollideRarely() {
    var wrong = 0
    for number in 0..<200_000 where returns("user\(number)@im.example", at: 5000) { wrong += 1 }
    #expect(wrong < 5)
  }

  @Test func windowOfAnHour() {
    #expect(!returns(at: 0, window: 3_600_000))
    #expect(returns(at: 3_599_000, window: 3_600_000))
    #expect(!returns(at: 9_000_000, window: 3_600_000))
  }
}

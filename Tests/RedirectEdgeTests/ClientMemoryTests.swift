import Routing
import Shared
import Testing

@testable import RedirectEdge

/// Who was sent where a moment ago, and who does not follow.
@Suite struct ClientMemoryTests {
  static let here = ClientAddress(ipv4: 0x0a00_0001, port: 1000)
  static let day: Int64 = 86_400_000
  let key = ClientKey(own: (1, 2))
  let memory = ClientMemory(capacity: 1 << 16)

  func client(
    _ user: String = "alice@im.example", at address: ClientAddress = here, looks: UInt64 = 7
  ) -> UInt64 {
    key.client(Array(user.utf8).span, at: address, looks: looks)
  }

  /// Sends the client to a node; whether it was sent there less than `window` ms before.
  func returns(
    _ user: String = "alice@im.example", from address: ClientAddress = here, looks: UInt64 = 7,
    to node: Int = 3, at now: Int64, window: Int64 = 10_000
  ) -> Bool {
    let client = client(user, at: address, looks: looks)
    let last = memory.record(of: client)
    memory.note(
      .redirected(client, to: node, at: now), of: client, now: now, forget: Self.day)
    return last.returns(from: node, at: now, within: window)
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
    #expect(!returns(looks: 8, at: 5000))
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

  /// A flood of clients that are redirected makes nobody forgotten who does not follow.
  @Test func whoDoesNotFollowIsKeptLongest() {
    for number in 0..<5000 { refuse("stubborn\(number)@im.example", at: 1000) }
    for number in 0..<300_000 { _ = returns("user\(number)@im.example", at: 2000) }
    let kept = (0..<5000).count { number in
      memory.record(of: client("stubborn\(number)@im.example")).doesNotFollow
    }
    #expect(kept >= 4990)
  }

  /// Records that are of no use any more make room.
  @Test func whatIsForgottenMakesRoom() {
    let small = ClientMemory(capacity: 8)
    for client in 0..<8 as Range<UInt64> {
      small.note(
        .doesNotFollow(client << 40, at: 0), of: client << 40, now: 0, forget: Self.day)
    }
    let late: UInt64 = 9 << 40
    small.note(
      .redirected(late, to: 1, at: Self.day + 100), of: late, now: Self.day + 100,
      forget: Self.day)
    #expect(small.record(of: late).returns(from: 1, at: Self.day + 200, within: 1000))
  }

  func refuse(_ user: String, at now: Int64) {
    let client = client(user)
    memory.note(.doesNotFollow(client, at: now), of: client, now: now, forget: Self.day)
  }
}

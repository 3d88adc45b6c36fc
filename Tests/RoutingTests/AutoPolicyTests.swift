import Routing
import Testing

/// Redirect or relay, in virtual time.
@Suite struct AutoPolicyTests {
  static let minute: Int64 = 60_000
  static let client: UInt64 = 0xfeed_face_dead_beef
  static let node = 5

  /// One client's life with an edge: what it does, and what the edge remembers of it.
  struct Life {
    let policy: AutoPolicy
    var record = ClientRecord.nobody
    var now: Int64 = 1_000_000
    var isFollower = false
    var isWell = true

    init(first: Way) {
      policy = AutoPolicy(first: first, window: 30_000, forget: 24 * 60 * AutoPolicyTests.minute)
    }

    /// The client connects after so many ms; the edge does as it decides. `takes`: a node that is asked takes the client.
    mutating func connects(
      after wait: Int64 = 0, to node: Int = AutoPolicyTests.node, takes: Bool = true
    ) -> AutoPolicy.Reason {
      now += wait
      let decision = policy.decide(
        record, node: node, isWell: isWell, isFollower: isFollower, now: now)
      if decision.way == .redirect {
        record = .redirected(AutoPolicyTests.client, to: node, at: now)
      } else if decision.reason == .cameBack, takes {
        record = .doesNotFollow(AutoPolicyTests.client, at: now)
      }
      return decision.reason
    }
  }

  @Test(arguments: [Way.redirect, .relay])
  func nothingIsKnown(first: Way) {
    let policy = AutoPolicy(first: first, window: 1, forget: 1)
    for now in [0, 1, 1 << 40] as [Int64] {
      let decision = policy.decide(
        .nobody, node: 0, isWell: true, isFollower: false, now: now)
      #expect(decision.way == first && decision.reason == .unknown)
    }
  }

  /// Turned away once, relayed from then on, tried again after a day.
  @Test func aClientThatDoesNotFollow() {
    var life = Life(first: .redirect)
    #expect(life.connects() == .unknown)
    #expect(life.connects(after: 200) == .cameBack)
    #expect(life.connects(after: 1000) == .doesNotFollow)
    #expect(life.connects(after: 23 * 60 * Self.minute) == .doesNotFollow)
    #expect(life.connects(after: 61 * Self.minute) == .unknown)
    #expect(life.connects(after: 200) == .cameBack)
  }

  /// That it stays away proves nothing: neither that it has followed nor that it has given up.
  @Test func aClientThatStaysAway() {
    var life = Life(first: .redirect)
    for _ in 0..<5 { #expect(life.connects(after: Self.minute) == .unknown) }
    #expect(life.connects(after: 29_000) == .cameBack)
  }

  @Test func aFollowerIsRedirectedWhateverComesFirst() {
    for first in [Way.relay, .redirect] {
      var life = Life(first: first)
      life.isFollower = true
      for _ in 0..<5 { #expect(life.connects(after: Self.minute) == .follower) }
    }
  }

  /// What a client does counts more than what it says.
  @Test func doesNotFollowWins() {
    var life = Life(first: .redirect)
    life.isFollower = true
    #expect(life.connects() == .follower)
    #expect(life.connects(after: 5000) == .cameBack)
    #expect(life.connects(after: 5000) == .doesNotFollow)
  }

  /// A node that is not well is the reason for the return, not the client.
  @Test func theNodeIsToBlame() {
    var life = Life(first: .redirect)
    #expect(life.connects() == .unknown)
    life.isWell = false
    #expect(life.connects(after: 1000) == .unknown)
    life.isWell = true
    // Its home is down, it is sent to the fallback: no return there.
    #expect(life.connects(after: 1000, to: 6) == .unknown)
    #expect(life.connects(after: 1000, to: 6) == .cameBack)
  }

  /// Probes have not noticed yet that the node is gone: it cannot take the client, so nothing is proved.
  @Test func theNodeDoesNotTakeIt() {
    var life = Life(first: .redirect)
    #expect(life.connects() == .unknown)
    #expect(life.connects(after: 1000, takes: false) == .cameBack)
    #expect(!life.record.doesNotFollow)
    #expect(life.connects(after: 30_000) == .unknown)
  }

  /// What another edge has seen counts like what this one has.
  @Test func toldByAPeer() {
    let policy = Life(first: .redirect).policy
    let redirected = ClientRecord.redirected(Self.client, to: Self.node, at: 1000)
    let elsewhere = ClientRecord.redirected(Self.client, to: 6, at: 2000)
    let proved = ClientRecord.doesNotFollow(Self.client, at: 1000)
    func reason(
      _ own: ClientRecord, _ told: ClientRecord, isWell: Bool = true, now: Int64 = 3000
    ) -> AutoPolicy.Reason {
      policy.decide(
        own, told: told, node: Self.node, isWell: isWell, isFollower: false, now: now
      ).reason
    }
    for (own, told) in [(redirected, .nobody), (.nobody, redirected)]
      as [(ClientRecord, ClientRecord)]
    {
      #expect(reason(own, told) == .cameBack)
      #expect(reason(own, told, isWell: false) == .unknown)
      #expect(reason(own, told, now: 40_000) == .unknown)
    }
    // Each in its own right: the one does not hide the other.
    #expect(reason(redirected, elsewhere) == .cameBack)
    #expect(reason(elsewhere, redirected) == .cameBack)
    #expect(reason(elsewhere, elsewhere) == .unknown)
    #expect(reason(redirected, proved) == .doesNotFollow)
    #expect(reason(proved, redirected, now: 40_000) == .doesNotFollow)
  }

  @Test func relayedFirstNothingIsEverLearned() {
    var life = Life(first: .relay)
    for _ in 0..<5 { #expect(life.connects(after: 100) == .unknown) }
    #expect(life.record.isEmpty)
  }

  /// Exactly when it ends, to one tick.
  @Test func theEndOfTheWindow() {
    for (wait, reason) in [(29_900, .cameBack), (30_100, .unknown)] as [(Int64, AutoPolicy.Reason)]
    {
      var life = Life(first: .redirect)
      #expect(life.connects() == .unknown)
      #expect(life.connects(after: wait) == reason)
    }
  }

  @Test func recordsAreOfTheirClient() {
    let record = ClientRecord.redirected(Self.client, to: 4095, at: 1 << 50)
    #expect(record.isOf(Self.client))
    #expect(!record.isOf(Self.client ^ 1 << 63))
    #expect(!record.isOf(Self.client ^ 1 << 38))
    #expect(!record.doesNotFollow)
    #expect(!ClientRecord(rawValue: 0).isOf(0))
    #expect(ClientRecord.doesNotFollow(Self.client, at: 0).doesNotFollow)
  }
}

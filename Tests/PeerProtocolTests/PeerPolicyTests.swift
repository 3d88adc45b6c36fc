import SeededNumbers
import Shared
import Testing

@testable import PeerProtocol

@Suite("Whom an edge asks, and how long it waits")
struct PeerPolicyTests {
  private typealias Peer = Village.Peer
  private let found = PeerAnswer.known(partition: 1, nodes: ["imA", "imB"])

  @Test("50 identical edges never ask anybody")
  func identical() {
    var village = Village(
      own: "a", peers: (0..<50).map { _ in Peer(map: "a", users: ["u@b"], manner: .after(1)) })
    #expect(!village.policy.canAsk(now: 0))
    for _ in 0..<100 { #expect(village.answer(for: "u@b").answer == .unknown) }
    #expect(village.peers.allSatisfy { $0.queries.isEmpty })
    #expect(village.policy.counts.nobody == 100)
    #expect(village.policy.deadline(now: 0) == nil)
  }

  @Test("Each distinct map is asked once, whoever has it")
  func distinctMaps() {
    var village = Village(
      peers: (0..<60).map { Peer(map: ["o", "a", "b", "c", "d", "e"][$0 % 6], manner: .after(1)) })
    for user in 0..<300 { #expect(village.answer(for: "\(user)@b").took == 5) }
    let queries = village.peers.map(\.queries.count)
    #expect(queries.reduce(0, +) == 300 * 5)
    for place in queries.indices where place % 6 == 0 { #expect(queries[place] == 0) }
    // Round-robin: of the ten edges with one map, each is asked now and then.
    for place in queries.indices where place % 6 != 0 { #expect(queries[place] > 0) }
  }

  @Test("With disjoint maps every user is found")
  func disjoint() {
    var village = Village(
      peers: [
        Peer(map: "a", users: ["a@x"], manner: .after(2)),
        Peer(map: "b", users: ["b@x"], manner: .after(3)),
      ])
    for user in ["a@x", "b@x", "a@x", "b@x"] {
      let outcome = village.answer(for: user)
      #expect(outcome.answer == found)
      #expect(outcome.took <= 5)
    }
    #expect(village.answer(for: "c@x").answer == .unknown)
  }

  @Test(
    "One peer that hangs, is lost, or refuses costs at most the budget, and hides nobody else",
    arguments: [Village.Manner.hangs, .breaks(1), .breaks(100), .refuses(1), .after(400)],
    [2, 3, 8])
  func oneBadPeer(manner: Village.Manner, count: Int) {
    var peers = (1..<count).map { place in
      Peer(
        map: Character(UnicodeScalar(UInt8(97 + place))), users: ["user\(place)@x"],
        manner: .after(2))
    }
    peers.insert(Peer(map: "a", users: ["user0@x"], manner: manner), at: 0)
    var village = Village(peers: peers)
    for turn in 0..<200 {
      for place in 1..<count {
        village.ask("user\(place)@x", at: Int64(turn) * 100 + Int64(place))
        village.ask("nobody\(turn)@x", at: Int64(turn) * 100 + Int64(place))
      }
    }
    village.run(until: 30_000)
    #expect(village.outcomes.count == 400 * (count - 1))
    #expect(village.outcomes.map(\.took).max()! <= 250)
    for outcome in village.outcomes where outcome.user.hasPrefix("user") {
      #expect(outcome.answer == found)
    }
    // The breaker: three failures, then one now and then. (A query that hangs was not alone on its way.)
    if case .breaks = manner { return }
    let late = village.peers[0].queries.filter { $0 > 1000 }
    #expect(late.count <= 6)
    #expect(!late.isEmpty)
  }

  @Test("All peers hang: every question is over when the budget is, and soon nobody is asked")
  func allHang() {
    var village = Village(
      peers: "abcdefgh".map { Peer(map: $0, users: ["u@x"], manner: .hangs) })
    for time in stride(from: Int64(0), to: 60_000, by: 10) { village.ask("u@x", at: time) }
    village.run(until: 61_000)
    #expect(village.outcomes.count == 6000)
    #expect(village.outcomes.map(\.took).max() == 250)
    #expect(village.outcomes.allSatisfy { $0.answer == .unknown })
    #expect(village.outcomes.filter { $0.asked > 10_000 && $0.took > 0 }.count < 600)
    #expect(village.policy.counts.nobody > 5000)
  }

  @Test("A peer that gives no answer is made up for by another with the same map")
  func sameMap() {
    var village = Village(
      peers: [
        Peer(map: "a", users: ["u@x"], manner: .hangs),
        Peer(map: "a", users: ["u@x"], manner: .after(1)),
      ])
    for _ in 0..<20 {
      let outcome = village.answer(for: "u@x")
      #expect(outcome.answer == found)
      #expect(outcome.took <= 126)
    }
  }

  @Test("A late answer is taken while somebody else is being asked")
  func late() {
    var village = Village(
      peers: [
        Peer(map: "a", users: ["u@x"], manner: .after(150)), Peer(map: "b", manner: .hangs),
      ])
    // Whoever is first, 125 ms are for him.
    for _ in 0..<2 {
      let outcome = village.answer(for: "u@x")
      #expect(outcome.took <= 250)
      if outcome.took == 150 { #expect(outcome.answer == found) }
    }
    #expect(village.outcomes.contains { $0.took == 150 })
  }

  @Test("A peer that has recovered is asked again, after one query that tried it")
  func recovery() {
    var village = Village(peers: [Peer(map: "a", users: ["u@x"], manner: .hangs)])
    for _ in 0..<3 { #expect(village.answer(for: "u@x").took == 250) }
    #expect(!village.policy.canAsk(now: village.now))
    #expect(village.answer(for: "u@x").took == 0)
    village.peers[0].manner = .after(5)
    // The first pause is a second, more or less a quarter.
    village.run(until: village.now + 1250)
    #expect(village.policy.canAsk(now: village.now))
    village.ask("u@x", at: village.now)
    village.ask("u@x", at: village.now + 1)
    village.run(until: village.now + 10)
    #expect(village.outcomes.suffix(2).map(\.answer).contains(found))
    #expect(village.outcomes.suffix(2).map(\.answer).contains(.unknown))
    for _ in 0..<10 { #expect(village.answer(for: "u@x").answer == found) }
  }

  @Test("A flood of unknown users: no more questions than inflight, no more queries than rate")
  func flood() {
    var settings = PeerPolicy.Settings.usual
    settings.inflight = 100
    settings.rate = 500
    var village = Village(
      settings, peers: ["a", "b"].map { Peer(map: $0, manner: .after(20)) })
    for time in 0..<Int64(3000) {
      for turn in 0..<10 { village.ask("\(time)-\(turn)@x", at: time) }
    }
    var mostOpen = 0
    for time in stride(from: Int64(0), through: 4000, by: 1) {
      village.run(until: time)
      mostOpen = max(mostOpen, village.policy.open)
    }
    #expect(village.outcomes.count == 30_000)
    #expect(mostOpen <= 100)
    let queries = village.peers.flatMap(\.queries)
    // What the bucket held, and what came in until the last query.
    #expect(queries.count <= 50 + Int(queries.max()!) / 2)
    #expect(queries.count >= 500 * 3 - 50)
    #expect(village.policy.counts.limited > 28_000)
  }

  @Test("Every question is counted exactly once")
  func counts() {
    var village = Village(
      peers: [
        Peer(map: "a", users: ["1@x"], manner: .after(30)),
        Peer(map: "b", users: ["2@x"], manner: .hangs),
        Peer(map: "c", users: ["3@x"], manner: .breaks(10)),
      ])
    for time in 0..<Int64(5000) { village.ask("\(time % 9)@x", at: time) }
    village.run(until: 10_000)
    let counts = village.policy.counts
    #expect(village.outcomes.count == 5000 && counts.asked == 5000)
    #expect(
      counts.known + counts.unknown + counts.remembered + counts.nobody + counts.limited == 5000)
    #expect(counts.queries == village.peers.map(\.queries.count).reduce(0, +))
    #expect(counts.late <= counts.failed && counts.failed <= counts.queries)
  }

  @Test("Who is unknown to all is so from memory, until time passes or any map changes")
  func memory() {
    var village = Village(peers: [
      Peer(map: "a", manner: .after(1)), Peer(map: "b", manner: .after(1)),
    ])
    func queries() -> Int { village.peers.map(\.queries.count).reduce(0, +) }
    #expect(village.answer(for: "u@x").took == 2)
    #expect(village.answer(for: "u@x").took == 0)
    #expect(queries() == 2)

    village.policy.announce(0, map: Crew.map("c"))
    #expect(village.answer(for: "u@x").took == 2)
    village.policy.serve(Crew.map("p")) { _ in true }
    #expect(village.answer(for: "u@x").took == 2)
    village.connect(1)
    #expect(village.answer(for: "u@x").took == 2)
    #expect(village.answer(for: "u@x").took == 0)
    village.run(until: village.now + 30_000)
    #expect(village.answer(for: "u@x").took == 2)
    #expect(queries() == 10)
  }

  @Test("Who was not asked for everywhere is not remembered as unknown")
  func noFalseMemory() {
    var village = Village(
      peers: [Peer(map: "a", manner: .after(1)), Peer(map: "b", users: ["u@x"], manner: .hangs)])
    #expect(village.answer(for: "u@x").answer == .unknown)
    village.peers[1].manner = .after(1)
    #expect(village.answer(for: "u@x").answer == found)
  }

  @Test("Nodes that do not exist here are skipped; none left is a miss")
  func foreignNodes() {
    var village = Village(
      peers: [
        Peer(map: "a", users: ["u@x"], manner: .after(1), nodes: ["other", "imB", "imA"]),
        Peer(map: "b", users: ["v@x"], manner: .after(1), nodes: ["other"]),
      ])
    #expect(
      village.answer(for: "u@x").answer == .known(partition: 1, nodes: ["imB", "imA"]))
    #expect(village.answer(for: "v@x").answer == .unknown)
  }

  @Test("An edge that is reached by two addresses counts once")
  func duplicate() {
    var village = Village(peers: [Peer(map: "a", manner: .after(1))])
    #expect(village.policy.connect(9, edge: Crew.edge(1), map: Crew.map("a")) == false)
    _ = village.answer(for: "u@x")
    #expect(village.policy.counts.queries == 1)
    var random = SeededGenerator(seed: 1)
    village.policy.disconnect(0, now: village.now, using: &random)
    #expect(village.policy.connect(9, edge: Crew.edge(1), map: Crew.map("a")) == true)
  }

  @Test("An edge without a map asks; a peer without one is not asked")
  func withoutMap() {
    var village = Village(own: nil, peers: [Peer(map: "a", users: ["u@x"], manner: .after(1))])
    #expect(village.answer(for: "u@x").answer == found)
    village.policy.announce(0, map: nil)
    #expect(!village.policy.canAsk(now: village.now))
  }

  @Test("Names that cannot stand in a line are unknown at once", arguments: ["", "a b@x", "a\n@x"])
  func unfit(user: String) {
    var village = Village(peers: [Peer(map: "a", manner: .after(1))])
    #expect(village.answer(for: user).took == 0)
    #expect(village.peers[0].queries.isEmpty)
  }

  @Test("Any mixture of peers, random: one answer each, within the budget", arguments: 0..<40)
  func mixtures(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var settings = PeerPolicy.Settings.usual
    settings.cache = seed % 2 == 0 ? 64 : 0
    settings.inflight = [3, 50, 1000][Int(seed % 3)]
    settings.rate = [50, 5000][Int(seed % 2)]
    let peers = (0..<Int.random(in: 1...12, using: &random)).map { _ in
      let delay = Int64.random(in: 0...300, using: &random)
      let manners: [Village.Manner] = [.after(delay), .hangs, .breaks(delay), .refuses(delay)]
      return Peer(
        map: "oabc".randomElement(using: &random)!,
        users: Set((0..<20).map { "\(2 * $0)@x" }),
        manner: manners.randomElement(using: &random)!)
    }
    var village = Village(settings, peers: peers)
    for _ in 0..<2000 {
      let user = Int.random(in: 0..<60, using: &random)
      village.ask("\(user)@x", at: Int64.random(in: 0..<20_000, using: &random))
    }
    village.run(until: 30_000)
    #expect(village.outcomes.count == 2000)
    #expect(village.outcomes.map(\.took).max()! <= 250)
    #expect(village.policy.open == 0)
    for outcome in village.outcomes where outcome.answer != .unknown {
      #expect(peers.contains { $0.map != "o" && $0.users.contains(outcome.user) })
    }
  }
}

import SeededNumbers
import Shared

@testable import PeerProtocol

/// One edge's policy among simulated peers, on a simulated clock: events in the order of their time, everything random
/// from a seed.
struct Village {
  /// How a simulated peer behaves.
  enum Manner {
    /// Answers after so many milliseconds.
    case after(Int64)
    /// Takes queries and says nothing.
    case hangs
    /// Its connection breaks so many ms after a query; it is back a second later.
    case breaks(Int64)
    /// Has no answer to give, after so many milliseconds.
    case refuses(Int64)
  }

  struct Peer {
    var map: Character
    var users: Set<String> = []
    var manner: Manner
    var nodes = ["imA", "imB"]
    var isConnected = true
    /// When each query came.
    var queries: [Int64] = []
  }

  private enum Event {
    case reply(peer: Int, question: UInt64, PeerReply)
    case loss(peer: Int)
    case comeback(peer: Int)
    case ask(String)
  }

  struct Outcome: Equatable {
    var user: String
    var asked: Int64
    var answered: Int64
    var answer: PeerAnswer
    var took: Int64 { answered - asked }
  }

  var policy: PeerPolicy
  var peers: [Peer]
  private(set) var outcomes: [Outcome] = []
  private(set) var now: Int64 = 0
  private var random = SeededGenerator(seed: 42)
  private var events: [(time: Int64, Event)] = []
  /// The first of them that has not happened.
  private var next = 0
  private var waiting: [UInt64: (user: String, asked: Int64)] = [:]
  private var number: UInt64 = 0

  /// Peer i is the edge i + 1; ours is the edge 0.
  init(
    _ settings: PeerPolicy.Settings = .usual, own: Character? = "o", peers: [Peer],
    nodes: Set<String> = ["imA", "imB"]
  ) {
    self.peers = peers
    policy = PeerPolicy(settings, key: (1, 2), now: 0)
    policy.serve(own.map(Crew.map)) { nodes.contains($0) }
    for place in peers.indices { connect(place) }
  }

  mutating func connect(_ place: Int) {
    peers[place].isConnected = policy.connect(
      PeerPolicy.PeerID(place), edge: Crew.edge(UInt64(place) + 1), map: Crew.map(peers[place].map))
  }

  /// Asks about `user` at `time`.
  mutating func ask(_ user: String, at time: Int64) {
    schedule(time, .ask(user))
  }

  /// Asks now, and runs until there is an answer.
  mutating func answer(for user: String) -> Outcome {
    let before = outcomes.count
    ask(user, at: now)
    while outcomes.count == before { runNext() }
    return outcomes[before]
  }

  mutating func run(until end: Int64) {
    while let time = nextTime, time <= end { runNext() }
    now = end
  }

  // MARK: Time

  private var nextTime: Int64? {
    [next < events.count ? events[next].time : nil, policy.deadline(now: now)]
      .compactMap(\.self).min()
  }

  private mutating func runNext() {
    guard let time = nextTime else { fatalError("nothing will ever happen") }
    now = max(now, time)
    if next < events.count, events[next].time <= now {
      next += 1
      happen(events[next - 1].1)
    } else {
      policy.expire(now: now, using: &random)
    }
    perform()
  }

  private mutating func schedule(_ time: Int64, _ event: Event) {
    let last = events.lastIndex { $0.time <= time } ?? -1
    events.insert((time, event), at: max(last + 1, next))
  }

  private mutating func happen(_ event: Event) {
    switch event {
    case .ask(let user):
      number += 1
      waiting[number] = (user, now)
      policy.ask(number, user: Array(user.utf8), asked: now, now: now)
    case .reply(let peer, let question, let reply):
      guard peers[peer].isConnected else { return }
      policy.reply(question, from: UInt32(peer), reply, now: now, using: &random)
    case .loss(let peer):
      guard peers[peer].isConnected else { return }
      peers[peer].isConnected = false
      policy.disconnect(UInt32(peer), now: now, using: &random)
      schedule(now + 1000, .comeback(peer: peer))
    case .comeback(let peer):
      connect(peer)
    }
  }

  private mutating func perform() {
    for step in policy.takeSteps() {
      switch step {
      case .query(let peer, let question, let user):
        serve(Int(peer), question, String(decoding: user, as: UTF8.self))
      case .answer(let question, let answer):
        let (user, asked) = waiting.removeValue(forKey: question)!
        outcomes.append(Outcome(user: user, asked: asked, answered: now, answer: answer))
      }
    }
  }

  private mutating func serve(_ peer: Int, _ question: UInt64, _ user: String) {
    precondition(peers[peer].isConnected, "a query to a peer that is not connected")
    peers[peer].queries.append(now)
    let reply: PeerReply =
      peers[peer].users.contains(user)
      ? .known(partition: 1, nodes: peers[peer].nodes) : .unknown
    switch peers[peer].manner {
    case .after(let delay):
      schedule(now + delay, .reply(peer: peer, question: question, reply))
    case .refuses(let delay):
      schedule(
        now + delay, .reply(peer: peer, question: question, .refused(reason: "no-map")))
    case .hangs: break
    case .breaks(let delay): schedule(now + delay, .loss(peer: peer))
    }
  }
}

extension PeerPolicy.Settings {
  /// The defaults of `redirect.peers.*`.
  static let usual = PeerPolicy.Settings(
    budget: 250, inflight: 256, rate: 2000, cache: 65536, cacheTime: 30_000)
}

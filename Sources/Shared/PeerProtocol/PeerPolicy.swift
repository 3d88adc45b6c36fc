public import Shared

/// Whom one edge asks about a user, in which order, and how long it waits: a pure value. Events go in, `takeSteps` tells
/// what to do. Times are milliseconds of a clock that never goes back.
///
/// 1. A peer with our own map is never asked; without a peer with another map nobody is.
/// 2. Each distinct map is asked once a question, and no peer twice. Another peer with the same map is asked only if the
///    first gave no answer.
/// 3. A question is over `budget` after it was asked, whatever peers do. One try takes at most half of what is left while
///    somebody else could still be asked, so a peer that hangs leaves room for the next.
/// 4. At most `inflight` questions are open and at most `rate` queries a second are sent, and a tenth of that at once.
///    What is beyond is unknown at once.
/// 5. Who was unknown to every map is so from memory, until `cacheTime` has passed or any map changes.
public struct PeerPolicy: Sendable {
  /// The bounds that the configuration sets; times in ms.
  public struct Settings: Equatable, Sendable {
    /// For all peers together, from the time of the question.
    public var budget: Int64
    /// Questions open at once.
    public var inflight: Int
    /// Queries a second.
    public var rate: Int
    /// Users of the negative cache; 0: there is none.
    public var cache: Int
    /// How long they stay there.
    public var cacheTime: Int64

    /// The settings of `redirect.peers.*`.
    public init(budget: Int64, inflight: Int, rate: Int, cache: Int, cacheTime: Int64) {
      self.budget = budget
      self.inflight = inflight
      self.rate = rate
      self.cache = cache
      self.cacheTime = cacheTime
    }
  }

  /// A peer as long as it is configured: one address.
  public typealias PeerID = UInt32

  /// What must be done.
  public enum Step: Equatable, Sendable {
    /// Send a query; where that cannot be done, say so by `failed`.
    case query(PeerID, question: UInt64, user: [UInt8])
    /// The question is over: its answer.
    case answer(question: UInt64, PeerAnswer)
  }

  /// Shorter tries are not worth sending, in ms.
  static let shortestTry: Int64 = 10

  private var settings: Settings
  private let key: SipHash.Key
  private var peers = PeerTable()
  private var questions: [UInt64: PeerQuestion] = [:]
  private var deadlines = DeadlineQueue()
  private var bucket: TokenBucket
  private var cache: NegativeCache
  private var steps: [Step] = []
  private var isNode: @Sendable (String) -> Bool = { _ in false }
  private var turn = 0
  /// What has happened so far.
  public private(set) var counts = PeerCounts()

  /// - Parameter key: random, for the negative cache.
  public init(_ settings: Settings, key: SipHash.Key, now: Int64) {
    self.settings = settings
    self.key = key
    bucket = Self.bucket(settings, now)
    cache = Self.cache(settings, key)
  }

  /// What must be done because of the events since the last call, in order.
  public mutating func takeSteps() -> [Step] {
    defer { steps = [] }
    return steps
  }

  // MARK: The world changes

  /// Other bounds; open questions keep the budget that they began with.
  public mutating func configure(_ settings: Settings, now: Int64) {
    guard settings != self.settings else { return }
    self.settings = settings
    bucket = Self.bucket(settings, now)
    cache = Self.cache(settings, key)
  }

  /// Our own map (nil: none), and which names are nodes here.
  public mutating func serve(_ map: MapDigest?, isNode: @escaping @Sendable (String) -> Bool) {
    peers.own = map
    self.isNode = isNode
    cache.removeAll()
  }

  /// A peer may be asked: its greeting is over.
  ///
  /// - Returns: false where this edge is connected already, by another address. Then nothing is kept of it.
  public mutating func connect(_ peer: PeerID, edge: EdgeID, map: MapDigest?) -> Bool {
    guard peers.connect(peer, edge: edge, map: map) else { return false }
    cache.removeAll()
    return true
  }

  /// A peer answers from another map.
  public mutating func announce(_ peer: PeerID, map: MapDigest?) {
    peers.announce(peer, map: map)
    cache.removeAll()
  }

  /// The connection to a peer is over; its open queries get no answer.
  public mutating func disconnect(
    _ peer: PeerID, now: Int64, using random: inout some RandomNumberGenerator
  ) {
    peers.disconnect(peer)
    for (number, question) in questions.sorted(by: { $0.key < $1.key })
    where question.current == peer {
      failed(number, at: peer, now: now, using: &random)
    }
  }

  /// A peer is configured no more. It must be disconnected.
  public mutating func forget(_ peer: PeerID) {
    peers.forget(peer)
  }

  /// Whether there is anybody to ask.
  public func canAsk(now: Int64) -> Bool {
    peers.hasCandidate(now: now)
  }

  // MARK: Questions

  /// Questions without an answer yet.
  public var open: Int { questions.count }

  /// Asks about a user. `number` is new and higher than all before it; `asked` is when the user's time began to run.
  public mutating func ask(_ number: UInt64, user: [UInt8], asked: Int64, now: Int64) {
    counts.asked += 1
    let refusal: WritableKeyPath<PeerCounts, Int>? =
      if !PeerMessage.canCarry(user: user) || !canAsk(now: now) {
        \.nobody
      } else if cache.contains(user, now: now) {
        \.remembered
      } else if questions.count >= settings.inflight {
        \.limited
      } else {
        nil
      }
    if let refusal {
      counts[keyPath: refusal] += 1
      steps.append(.answer(question: number, .unknown))
      return
    }
    turn &+= 1
    questions[number] = PeerQuestion(user: user, end: asked + settings.budget, turn: turn)
    advance(number, now: now)
  }

  /// A peer has answered.
  public mutating func reply(
    _ number: UInt64, from peer: PeerID, _ reply: PeerReply, now: Int64,
    using random: inout some RandomNumberGenerator
  ) {
    let isCurrent = questions[number]?.current == peer
    switch reply {
    case .refused:
      failed(number, at: peer, now: now, using: &random)
      return
    case .known, .unknown:
      // A late answer is as good for its user, but does not make the peer a quick one.
      if isCurrent { peers.update(peer) { $0.breaker.succeed() } }
    }
    guard questions[number]?.tried.contains(peer) == true else { return }
    if case .known(let partition, let names) = reply {
      let nodes = names.filter(isNode)
      if !nodes.isEmpty {
        counts.known += 1
        return finish(number, .known(partition: partition, nodes: nodes))
      }
    }
    if let map = peers[peer]?.map { questions[number]?.answered.insert(map) }
    if isCurrent { advance(number, now: now) }
  }

  /// A query could not be sent, or has no answer.
  public mutating func failed(
    _ number: UInt64, at peer: PeerID, now: Int64, using random: inout some RandomNumberGenerator
  ) {
    guard questions[number]?.current == peer else { return }
    counts.failed += 1
    peers.update(peer) { $0.breaker.fail(now: now, using: &random) }
    advance(number, now: now)
  }

  // MARK: Time

  /// When `expire` must be called, at the latest; nil: never. Whether `canAsk` still holds may change then.
  public func deadline(now: Int64) -> Int64? {
    [deadlines.first, peers.nextReopening(after: now)].compactMap(\.self).min()
  }

  /// Gives up tries that take too long.
  public mutating func expire(now: Int64, using random: inout some RandomNumberGenerator) {
    while let due = deadlines.removeFirst(due: now) {
      guard let question = questions[due.question], question.attempt == due.attempt,
        let peer = question.current
      else { continue }
      counts.late += 1
      failed(due.question, at: peer, now: now, using: &random)
    }
  }

  // MARK: One question

  /// Asks the next peer, or ends the question.
  private mutating func advance(_ number: UInt64, now: Int64) {
    guard var question = questions[number] else { return }
    question.current = nil
    let left = question.end - now
    guard left > 0, let choice = peers.choose(for: question, now: now) else {
      counts.unknown += 1
      if left > 0, peers.haveAllAnswered(question) { cache.insert(question.user, now: now) }
      return finish(number, .unknown)
    }
    guard bucket.take(now: now) else {
      counts.limited += 1
      return finish(number, .unknown)
    }
    let time = choice.isLast ? left : min(left, max(left / 2, Self.shortestTry))
    question.ask(choice.peer)
    questions[number] = question
    peers.update(choice.peer) { $0.breaker.send(end: now + time) }
    deadlines.insert(.init(time: now + time, question: number, attempt: question.attempt))
    counts.queries += 1
    steps.append(.query(choice.peer, question: number, user: question.user))
  }

  private static func bucket(_ settings: Settings, _ now: Int64) -> TokenBucket {
    TokenBucket(settings.rate, in: 1000, burst: max(1, settings.rate / 10), now: now)
  }

  private static func cache(_ settings: Settings, _ key: SipHash.Key) -> NegativeCache {
    NegativeCache(capacity: settings.cache, lifetime: settings.cacheTime, key: key)
  }

  private mutating func finish(_ number: UInt64, _ answer: PeerAnswer) {
    questions[number] = nil
    steps.append(.answer(question: number, answer))
  }
}

public import Shared

/// The answering side of one connection: bytes in, bytes out. It answers only from the look-up that it is given, at once,
/// and never asks anybody itself: loops cannot exist.
///
/// Whatever the other side may not do is a fault, thrown once: what is in `output` then says so to the other side and is
/// the last that is said.
public struct PeerServer: Sendable {
  /// A user's partition and the names of its nodes in order of preference; nil: not in the map.
  public typealias Lookup = (_ user: [UInt8]) -> (partition: Partition, nodes: [String])?

  /// What is heard of a client.
  public typealias Hearing = (PeerNotice) -> Void

  private enum State {
    case greeting(PeerGreeting)
    case ready
    case ended
  }

  private var state: State
  private var lines = PeerLines()
  private var map: MapDigest?
  private var rate: TokenBucket
  /// Whether the other side may tell of clients.
  private var hearsOfClients = false
  private var notices: TokenBucket
  /// When the connection began, or its last line came.
  private var heard: Int64

  /// What must be sent; whoever sends it takes it out.
  public var output: [UInt8] = []
  /// Who asks; nil before the greeting is over.
  public private(set) var client: PeerHello?
  /// The fault that the other side says we have committed, if it says so.
  public private(set) var toldFault: String?

  /// A connection that has just been accepted.
  public init(_ party: PeerParty, now: Int64, using random: inout some RandomNumberGenerator) {
    state = .greeting(PeerGreeting(party, .server, using: &random))
    map = party.map
    heard = now
    rate = TokenBucket(PeerLimits.lines, in: 1000, burst: PeerLimits.lines, now: now)
    notices = TokenBucket(PeerLimits.notices, in: 1000, burst: PeerLimits.notices, now: now)
  }

  /// Answers come from `map` from here on: the look-up of the next `step` must be that map's.
  public mutating func announce(_ map: MapDigest?) {
    guard map != self.map else { return }
    self.map = map
    // Whoever is still greeting was or will be told the old one; the end of the greeting sets that right.
    if case .ready = state { PeerMessage.map(map).append(to: &output) }
  }

  /// Ends the connection.
  public mutating func end(_ fault: PeerFault) {
    if case .ended = state { return }
    state = .ended
    if fault != .told { PeerMessage.fault(name: fault.rawValue).append(to: &output) }
  }

  /// Takes bytes in, in pieces of any size; `step` answers.
  public mutating func feed(_ bytes: Span<UInt8>) {
    lines.feed(bytes)
  }

  /// Takes one line. `hear` is called with what it tells of a client.
  ///
  /// - Returns: false where there is none.
  public mutating func step(
    now: Int64, lookup: Lookup, hear: Hearing = { _ in }
  ) throws(PeerFault) -> Bool {
    if case .ended = state { return false }
    do throws(PeerFault) {
      guard let line = try lines.next() else { return false }
      guard rate.take(now: now) else { throw .tooMany }
      try take(line, now, lookup, hear)
      return true
    } catch {
      end(error)
      throw error
    }
  }

  private mutating func take(
    _ line: ArraySlice<UInt8>, _ now: Int64, _ lookup: Lookup, _ hear: Hearing
  ) throws(PeerFault) {
    let message = try PeerMessage(line: line)
    if case .fault(let name) = message {
      toldFault = name
      throw .told
    }
    if case .greeting(var greeting) = state {
      let hello = try greeting.take(message, line: line, output: &output)
      state = .greeting(greeting)
      guard let hello else { return }
      state = .ready
      heard = now
      client = hello
      hearsOfClients = greeting.sharesClients(with: hello)
      if map != greeting.map { PeerMessage.map(map).append(to: &output) }
      return
    }
    heard = now
    switch message {
    case .query(let number, let user): answer(number, user, lookup).append(to: &output)
    case .ping: PeerMessage.pong.append(to: &output)
    case .map(let map): client?.map = map
    case .notice(let notice):
      guard hearsOfClients else { throw .unexpected }
      // No fault: what a side sends evenly may come all at once.
      if notices.take(now: now) { hear(notice) }
    default: throw .unexpected
    }
  }

  private func answer(_ number: UInt64, _ user: [UInt8], _ lookup: Lookup) -> PeerMessage {
    guard let map else { return .refused(number: number, reason: "no-map") }
    guard let (partition, nodes) = lookup(user), !nodes.isEmpty else {
      return .unknown(number: number, user: user, map: map)
    }
    return .known(number: number, user: user, map: map, partition: partition, nodes: nodes)
  }

  // MARK: Time

  /// When `tick` must be called, at the latest.
  public var deadline: Int64 {
    switch state {
    case .greeting: heard + PeerLimits.greeting
    case .ready: heard + PeerLimits.idle
    case .ended: .max
    }
  }

  /// Gives up who says nothing.
  public mutating func tick(now: Int64) throws(PeerFault) {
    guard now >= deadline else { return }
    end(.silent)
    throw .silent
  }
}

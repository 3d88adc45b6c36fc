/// The asking side of one connection: bytes in, events and bytes out. No clock, no I/O: times are milliseconds of a clock
/// that never goes back.
///
/// Queries are pipelined; answers come in any order. Whatever the other side may not do is a fault, thrown once: what is
/// in `output` then says so to the other side and is the last that is said.
public struct PeerClient: Sendable {
  /// What the other side has said.
  public enum Event: Equatable, Sendable {
    /// The greeting is over: it may be asked.
    case ready(PeerHello)
    /// It answers from another map from here on; nil: it has none.
    case map(MapDigest?)
    /// Its answer to a query.
    case reply(number: UInt64, PeerReply)
  }

  private enum State {
    case greeting(PeerGreeting)
    case ready
    case ended
  }

  private struct Query {
    let user: [UInt8]
    let asked: Int64
  }

  private var state: State
  private var lines = PeerLines()
  private var open: [UInt64: Query] = [:]
  /// The map that the other side has announced last.
  private var map: MapDigest?
  private var maps: TokenBucket
  /// Whether the other side wants to be told of clients, and can.
  private var hearsOfClients = false
  private var notices: TokenBucket
  private let began: Int64
  /// When the other side has last answered something.
  private var heard: Int64
  private var pinged: Int64?
  /// No query can be overdue before; looked at again then.
  private var overdue = Int64.max

  /// What must be sent; whoever sends it takes it out.
  public var output: [UInt8]
  /// The fault that the other side says we have committed, if it says so.
  public private(set) var toldFault: String?

  /// A connection that has just been made; its hello is in `output`.
  public init(_ party: PeerParty, now: Int64, using random: inout some RandomNumberGenerator) {
    let greeting = PeerGreeting(party, .client, using: &random)
    state = .greeting(greeting)
    output = greeting.opening
    began = now
    heard = now
    maps = TokenBucket(PeerLimits.maps, in: 60_000, burst: PeerLimits.maps, now: now)
    notices = TokenBucket(PeerLimits.notices, in: 1000, burst: PeerLimits.notices, now: now)
  }

  // MARK: Asking

  /// Asks about a user. `number` must not be open on this connection.
  ///
  /// - Returns: false where nobody can be asked: not ready, or too many queries without an answer.
  public mutating func ask(number: UInt64, user: [UInt8], now: Int64) -> Bool {
    guard case .ready = state, open.count < PeerLimits.open, open[number] == nil else {
      return false
    }
    open[number] = Query(user: user, asked: now)
    overdue = min(overdue, now + PeerLimits.answer)
    PeerMessage.query(number: number, user: user).append(to: &output)
    return true
  }

  /// Whether the other side is told of clients: it hashes them under the same key.
  public var tellsOfClients: Bool {
    if case .ready = state { hearsOfClients } else { false }
  }

  /// Tells the other side of a client, if it wants to hear of any.
  ///
  /// - Returns: false where it is not told because it was told of so many others.
  public mutating func tell(_ notice: PeerNotice, now: Int64) -> Bool {
    guard tellsOfClients else { return true }
    guard notices.take(now: now) else { return false }
    PeerMessage.notice(notice).append(to: &output)
    return true
  }

  /// Tells the other side that this one has another map.
  public mutating func announce(_ map: MapDigest?) {
    guard case .ready = state else { return }
    PeerMessage.map(map).append(to: &output)
  }

  /// Ends the connection.
  public mutating func end(_ fault: PeerFault) {
    if case .ended = state { return }
    state = .ended
    if fault != .told { PeerMessage.fault(name: fault.rawValue).append(to: &output) }
  }

  // MARK: Listening

  /// Takes bytes in, in pieces of any size; `next` tells what they mean.
  public mutating func feed(_ bytes: Span<UInt8>) {
    lines.feed(bytes)
  }

  /// The next event; nil: more bytes are needed.
  public mutating func next(now: Int64) throws(PeerFault) -> Event? {
    do throws(PeerFault) {
      while true {
        if case .ended = state { return nil }
        guard let line = try lines.next() else { return nil }
        if let event = try take(line, now) { return event }
      }
    } catch {
      end(error)
      throw error
    }
  }

  private mutating func take(_ line: ArraySlice<UInt8>, _ now: Int64) throws(PeerFault) -> Event? {
    let message = try PeerMessage(line: line)
    if case .fault(let name) = message {
      toldFault = name
      throw .told
    }
    if case .greeting(var greeting) = state {
      let hello = try greeting.take(message, line: line, output: &output)
      guard let hello else {
        state = .greeting(greeting)
        return nil
      }
      state = .ready
      heard = now
      map = hello.map
      hearsOfClients = greeting.sharesClients(with: hello)
      return .ready(hello)
    }
    return try take(message, now)
  }

  private mutating func take(_ message: PeerMessage, _ now: Int64) throws(PeerFault) -> Event? {
    switch message {
    case .map(let new):
      guard maps.take(now: now) else { throw .tooMany }
      map = new
      return .map(new)
    case .known(let number, let user, let map, let partition, let nodes):
      try close(number, user, map, now)
      return .reply(number: number, .known(partition: partition, nodes: nodes))
    case .unknown(let number, let user, let map):
      try close(number, user, map, now)
      return .reply(number: number, .unknown)
    case .refused(let number, let reason):
      guard open.removeValue(forKey: number) != nil else { throw .notAsked }
      heard = now
      return .reply(number: number, .refused(reason: reason))
    case .pong:
      guard pinged != nil else { throw .unexpected }
      pinged = nil
      heard = now
      return nil
    default:
      throw .unexpected
    }
  }

  private mutating func close(
    _ number: UInt64, _ user: [UInt8], _ map: MapDigest, _ now: Int64
  ) throws(PeerFault) {
    guard let query = open.removeValue(forKey: number) else { throw .notAsked }
    guard query.user == user else { throw .wrongUser }
    guard map == self.map else { throw .wrongMap }
    heard = now
  }

  // MARK: Time

  /// When `tick` must be called, at the latest.
  public var deadline: Int64 {
    switch state {
    case .greeting: began + PeerLimits.greeting
    case .ready:
      min(overdue, pinged.map { $0 + PeerLimits.answer } ?? (heard + PeerLimits.quiet))
    case .ended: .max
    }
  }

  /// Does what is due: pings, or gives up who says nothing.
  public mutating func tick(now: Int64) throws(PeerFault) {
    guard now >= deadline else { return }
    if case .ready = state {
      overdue = open.values.reduce(Int64.max) { min($0, $1.asked + PeerLimits.answer) }
      if overdue > now, pinged == nil, now >= heard + PeerLimits.quiet {
        pinged = now
        PeerMessage.ping.append(to: &output)
      }
      guard now >= deadline else { return }
    }
    end(.silent)
    throw .silent
  }
}

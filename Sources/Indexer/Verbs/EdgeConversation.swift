import MapFile
import PeerProtocol
import Shared

/// A running edge that is asked by the peer protocol (docs/peer-protocol.md). Everything is bounded by the protocol's
/// times: 5 s to the end of the greeting, 5 s for an answer.
struct EdgeConversation {
  /// Why the edge cannot be asked.
  enum Trouble: Error {
    /// There is no connection, or no more.
    case connection(EdgeSocket.Failure)
    /// One of the two does not keep to the protocol, or does not trust the other; the edge's own word, if it said one.
    case fault(PeerFault, told: String?)
  }

  private let socket: EdgeSocket
  private var session: PeerClient
  private var number: UInt64 = 0
  /// How the edge prepares names.
  let profile: JIDProfile
  /// The map from which it answers, as far as it has said; nil: it has none.
  private(set) var map: MapDigest?

  /// Connects, and waits until the greeting is over.
  init(_ address: HostPort, _ identity: EdgeIdentity) throws(Trouble) {
    let now = EdgeClock.milliseconds()
    var random = SystemRandomNumberGenerator()
    var hmac: PeerProof.HMAC?
    do throws(EdgeSocket.Failure) {
      socket = try EdgeSocket(address, deadline: now + PeerLimits.greeting)
      switch identity {
      case .certificates(let chain, let key, let authority):
        try socket.startTLS(
          chain: chain, key: key, authority: authority, deadline: now + PeerLimits.greeting)
      case .secret(let key): hmac = { text in HMAC.sha256(text, key: key) }
      }
    } catch {
      throw .connection(error)
    }
    // No edge, so no map and no profile of its own.
    let party = PeerParty(edge: EdgeID(using: &random), map: nil, profile: nil, hmac: hmac)
    session = PeerClient(party, now: EdgeClock.milliseconds(), using: &random)
    while true {
      if case .ready(let hello) = try Self.nextEvent(socket, &session) {
        // The greeting sees to it that one side has a profile.
        profile = hello.profile ?? .nodeprep
        map = hello.map
        return
      }
    }
  }

  /// What the edge says about users, in their order; `onMap` hears of another map on the way. At most `PeerLimits.open`.
  mutating func ask(_ users: [User]) throws(Trouble) -> [PeerReply] {
    let first = number
    for user in users {
      guard session.ask(number: number, user: user.bytes, now: EdgeClock.milliseconds()) else {
        preconditionFailure("more than \(PeerLimits.open) questions at once")
      }
      number += 1
    }
    var replies = [PeerReply?](repeating: nil, count: users.count)
    var missing = users.count
    while missing > 0 {
      switch try Self.nextEvent(socket, &session) {
      case .reply(let number, let reply):
        replies[Int(number - first)] = reply
        missing -= 1
      case .map(let new): map = new
      case .ready: break
      }
    }
    return replies.compactMap(\.self)
  }

  private static func nextEvent(
    _ socket: EdgeSocket, _ session: inout PeerClient
  ) throws(Trouble) -> PeerClient.Event {
    while true {
      do throws(PeerFault) {
        if let event = try session.next(now: EdgeClock.milliseconds()) { return event }
        try session.tick(now: EdgeClock.milliseconds())
      } catch {
        // As a last word; whether it arrives changes nothing.
        try? socket.send(session.output, deadline: EdgeClock.milliseconds() + 100)
        throw .fault(error, told: session.toldFault)
      }
      do throws(EdgeSocket.Failure) {
        try exchange(socket, &session)
      } catch {
        throw .connection(error)
      }
    }
  }

  /// Sends what there is to say, and waits for bytes until the session wants to look at the clock.
  private static func exchange(
    _ socket: EdgeSocket, _ session: inout PeerClient
  ) throws(EdgeSocket.Failure) {
    let output = session.output
    session.output = []
    try socket.send(output, deadline: session.deadline)
    guard let bytes = try socket.receive(deadline: session.deadline) else { return }
    guard !bytes.isEmpty else {
      throw EdgeSocket.Failure(reason: "the edge has ended the connection")
    }
    session.feed(bytes.span)
  }
}

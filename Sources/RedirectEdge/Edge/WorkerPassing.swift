import Conversation
import Glibc
import Routing

/// How the bytes of a relayed connection move, and how it ends.
extension Worker {
  /// Reads of one direction in one go, before others get their turn.
  private static let relayBatch = 16
  /// Before the end of leaving, in ms: the last clients are closed in order too.
  static let lastMoment: Int64 = 500
  /// How long nothing may move when one side has ended, in ms.
  private static let relayGoodbye: Int64 = 30_000

  // MARK: From the client

  func readClient(_ connection: Connection, _ relay: Relay) {
    relay.clientHasMore = true
    guard relay.phase == .pumping, !relay.clientEnded else { return }
    for _ in 0..<Self.relayBatch {
      guard relay.unsent.isEmpty else { return }
      switch unsafe Socket.receive(connection.descriptor, into: input) {
      case .wait:
        relay.clientHasMore = false
        return
      case .end: return endOfClient(connection, relay)
      case .failed: return endRelay(connection, relay)
      case .bytes(let count):
        relay.clientMoved = now
        takeFromClient(connection, relay, count)
        guard connection.relay === relay, !relay.clientEnded else { return }
      }
    }
    goOn(connection, relay)
  }

  /// The first `count` bytes of the input are the client's.
  func takeFromClient(_ connection: Connection, _ relay: Relay, _ count: Int) {
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: input[..<count])
    guard let session = connection.session else {
      unsafe passToNode(connection, relay, bytes)
      return unsafe wipe(input, count)
    }
    var filled = 0
    let progress = unsafe session.receive(bytes, wire: wire, plain: plain, filled: &filled)
    flushWire(connection)
    guard connection.relay === relay else { return }
    if filled > 0 {
      unsafe passToNode(connection, relay, UnsafeRawBufferPointer(rebasing: plain[..<filled]))
      unsafe wipe(plain, filled)
    }
    guard connection.relay === relay else { return }
    switch progress {
    case .wait: return
    case .end: endOfClient(connection, relay)
    case .failed: endRelay(connection, relay)
    }
  }

  func sendToNode(_ connection: Connection, _ relay: Relay, _ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    unsafe bytes.withUnsafeBytes { unsafe passToNode(connection, relay, $0) }
  }

  private func passToNode(
    _ connection: Connection, _ relay: Relay, _ bytes: UnsafeRawBufferPointer
  ) {
    guard let session = relay.session else {
      if unsafe !push(relay, bytes) { deafNode(connection, relay) }
      return
    }
    guard unsafe session.send(bytes) else { return endRelay(connection, relay) }
    pushWire(connection, relay)
  }

  /// Sends what the node's TLS has put on the wire.
  private func pushWire(_ connection: Connection, _ relay: Relay) {
    let isTaken = unsafe wire.output.withUnsafeBytes { unsafe push(relay, $0) }
    // Before anything else is done: the wire is the client's too.
    wire.output.removeAll(keepingCapacity: true)
    if !isTaken { deafNode(connection, relay) }
  }

  /// False: the node's socket is gone.
  private func push(_ relay: Relay, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard unsafe !bytes.isEmpty else { return true }
    var rest = unsafe bytes
    if relay.unsent.isEmpty {
      switch unsafe Socket.send(relay.descriptor, bytes) {
      case .bytes(let count): unsafe rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
      case .wait: break
      case .end, .failed: return false
      }
    }
    if unsafe !rest.isEmpty { unsafe relay.unsent.append(rest) }
    return true
  }

  /// The node's socket takes more.
  func pushToNode(_ connection: Connection, _ relay: Relay) {
    guard !relay.unsent.isEmpty else { return }
    switch relay.unsent.send(to: relay.descriptor) {
    case .bytes: relay.clientMoved = now
    case .wait: return
    case .end, .failed: return deafNode(connection, relay)
    }
    guard relay.unsent.isEmpty else { return }
    if relay.clientEnded { finishNode(connection, relay) }
    if connection.relay === relay, relay.clientHasMore { readClient(connection, relay) }
  }

  // MARK: From the node

  func readNode(_ connection: Connection, _ relay: Relay) {
    relay.nodeHasMore = true
    guard !relay.nodeEnded else { return }
    for _ in 0..<Self.relayBatch {
      guard connection.unsent.isEmpty else { return }
      switch unsafe Socket.receive(relay.descriptor, into: input) {
      case .wait:
        relay.nodeHasMore = false
        return
      case .end: return vanish(connection, relay)
      case .failed: return loseNode(connection, relay, "it is gone")
      case .bytes(let count):
        relay.nodeMoved = now
        if relay.session == nil {
          unsafe takeFromNode(connection, relay, UnsafeRawBufferPointer(rebasing: input[..<count]))
        } else {
          decryptNode(connection, relay, count)
        }
        guard connection.relay === relay, !relay.nodeEnded else { return }
      }
    }
    goOn(connection, relay)
  }

  /// The first `count` bytes of the input are the node's ciphertext.
  func decryptNode(_ connection: Connection, _ relay: Relay, _ count: Int) {
    guard let session = relay.session else { return }
    let wasEstablished = session.isEstablished
    var filled = 0
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: input[..<count])
    let progress = unsafe session.receive(bytes, wire: wire, plain: plain, filled: &filled)
    let fault = progress == .failed ? TLSSession.lastError() : ""
    pushWire(connection, relay)
    guard connection.relay === relay else { return }
    if session.isEstablished, !wasEstablished { greetNode(connection, relay) }
    guard connection.relay === relay else { return }
    if filled > 0 {
      unsafe takeFromNode(connection, relay, UnsafeRawBufferPointer(rebasing: plain[..<filled]))
    }
    guard connection.relay === relay else { return }
    switch progress {
    case .wait: return
    case .end: endOfNode(connection, relay)
    case .failed: loseNode(connection, relay, "TLS: \(fault)")
    }
  }

  private func takeFromNode(
    _ connection: Connection, _ relay: Relay, _ bytes: UnsafeRawBufferPointer
  ) {
    guard relay.phase == .pumping else { return unsafe approach(connection, relay, bytes) }
    if let session = connection.session {
      guard unsafe session.send(bytes) else { return endRelay(connection, relay) }
      flushWire(connection)
    } else {
      unsafe send(connection, bytes)
    }
  }

  /// Sends what the client's TLS has put on the wire.
  private func flushWire(_ connection: Connection) {
    unsafe wire.output.withUnsafeBytes { unsafe send(connection, $0) }
    wire.output.removeAll(keepingCapacity: true)
  }

  /// There is more to read, and others have waited.
  private func goOn(_ connection: Connection, _ relay: Relay) {
    guard !relay.isContinuing else { return }
    relay.isContinuing = true
    continuing.append((connection.slot, connection.use))
  }

  // MARK: One side ends

  /// The client has ended its direction: so does the edge towards the node.
  private func endOfClient(_ connection: Connection, _ relay: Relay) {
    guard !relay.clientEnded else { return }
    relay.clientEnded = true
    relay.clientHasMore = false
    setRelayTimer(connection, relay)
    if let session = relay.session {
      session.end()
      pushWire(connection, relay)
    }
    guard connection.relay === relay, relay.unsent.isEmpty else { return }
    finishNode(connection, relay)
  }

  /// The node has all that came before the client's end.
  private func finishNode(_ connection: Connection, _ relay: Relay) {
    Socket.endOutput(relay.descriptor)
    endIfBothEnded(connection, relay)
  }

  /// The node's direction ends without a close_notify, or without TLS. It may have died; a process that does leaves no other
  /// trace.
  private func vanish(_ connection: Connection, _ relay: Relay) {
    if !relay.clientEnded { suspect(relay) }
    endOfNode(connection, relay)
  }

  /// The node has ended its direction: so does the edge towards the client.
  private func endOfNode(_ connection: Connection, _ relay: Relay) {
    guard relay.phase == .pumping else { return loseNode(connection, relay, "it ended the stream") }
    guard !relay.nodeEnded else { return }
    relay.nodeEnded = true
    relay.nodeHasMore = false
    setRelayTimer(connection, relay)
    if let session = connection.session {
      session.end()
      flushWire(connection)
    }
    guard connection.relay === relay, connection.unsent.isEmpty else { return }
    finishClient(connection, relay)
  }

  /// The client has all that came before the node's end.
  func finishClient(_ connection: Connection, _ relay: Relay) {
    Socket.endOutput(connection.descriptor)
    endIfBothEnded(connection, relay)
  }

  private func endIfBothEnded(_ connection: Connection, _ relay: Relay) {
    guard relay.clientEnded, relay.nodeEnded, relay.unsent.isEmpty, connection.unsent.isEmpty
    else { return }
    partRelay(connection, relay)
  }

  /// The node's socket takes nothing more, but what the node has said may still be on its way to the client.
  func deafNode(_ connection: Connection, _ relay: Relay) {
    guard relay.phase == .pumping else { return loseNode(connection, relay, "it is gone") }
    suspect(relay)
    relay.unsent.clear()
    relay.clientEnded = true
    relay.clientHasMore = false
    guard !relay.nodeEnded else { return endIfBothEnded(connection, relay) }
    relay.nodeHasMore = true
    goOn(connection, relay)
  }

  // MARK: Both end

  /// The node is gone, or cannot be had. A client that was not handed over hears it in words; one that was has all that the
  /// node said, sees the end at once, and comes back.
  func loseNode(_ connection: Connection, _ relay: Relay, _ reason: String) {
    guard connection.relay === relay else { return }
    suspect(relay)
    guard relay.phase != .pumping else { return partRelay(connection, relay) }
    log.relayFailed(connection, relay, reason)
    Socket.close(relay.descriptor)
    connection.relay = nil
    workspace.output.removeAll(keepingCapacity: true)
    fail(connection, .remoteConnectionFailed)
    drainAfterWaiting(connection)
  }

  private func suspect(_ relay: Relay) {
    if !relay.nodeEnded, relay.nodeState.suspect() { suspicion.look() }
  }

  /// The client is gone.
  func endRelay(_ connection: Connection, _ relay: Relay) {
    leaveNode(relay)
    connection.relay = nil
    close(connection)
  }

  /// The client is told the end in order, with nothing unread that would reset its connection.
  func partRelay(_ connection: Connection, _ relay: Relay) {
    leaveNode(relay)
    connection.relay = nil
    workspace.output.removeAll(keepingCapacity: true)
    part(connection)
    drainAfterWaiting(connection)
  }

  /// Takes leave of the node, as far as its socket takes it.
  private func leaveNode(_ relay: Relay) {
    if let session = relay.session, relay.unsent.isEmpty {
      session.end()
      _ = unsafe wire.output.withUnsafeBytes { unsafe push(relay, $0) }
      wire.output.removeAll(keepingCapacity: true)
    }
    Socket.close(relay.descriptor)
  }

  // MARK: Time

  /// The time of a relayed connection has come: it began too slowly, does not move, or must leave.
  func expireRelay(_ connection: Connection, _ relay: Relay) {
    guard relay.phase == .pumping else {
      return loseNode(connection, relay, "no answer in time")
    }
    if let leaves = connection.leaves, leaves <= now { return partRelay(connection, relay) }
    let nodeIsStuck = !relay.unsent.isEmpty && now - relay.clientMoved >= relay.patience
    let clientIsStuck = !connection.unsent.isEmpty && now - relay.nodeMoved >= relay.patience
    let hasEnded = relay.clientEnded || relay.nodeEnded
    let isOver = hasEnded && now - max(relay.clientMoved, relay.nodeMoved) >= Self.relayGoodbye
    if nodeIsStuck || clientIsStuck || isOver { return endRelay(connection, relay) }
    setRelayTimer(connection, relay)
  }

  func setRelayTimer(_ connection: Connection, _ relay: Relay) {
    let isEnding = relay.clientEnded || relay.nodeEnded
    let look = isEnding ? min(Self.relayGoodbye, relay.patience) : relay.patience
    timers.set(connection.slot, deadline: min(now + look, connection.leaves ?? .max))
  }

  /// The edge leaves: each relayed client at a moment of its own, so that they do not come back all at once.
  func leave(_ connection: Connection) {
    guard let relayLeaveBy, let relay = connection.relay, relay.phase == .pumping else { return }
    let span = max(relayLeaveBy - now, 1)
    connection.leaves = now + Int64(random.next() % UInt64(span))
    setRelayTimer(connection, relay)
  }
}

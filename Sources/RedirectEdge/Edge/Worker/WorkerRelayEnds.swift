import Conversation
import Routing

/// How a relayed connection ends: one side, then the other, or both at once.
extension Worker {
  /// Before the end of leaving, in ms: the last clients are closed in order too.
  static let lastMoment: Int64 = 500
  /// How long nothing may move when one side has ended, in ms.
  private static let relayGoodbye: Int64 = 30_000

  // MARK: One side ends

  /// The client has ended its direction: so does the edge towards the node.
  func endOfClient(_ connection: Connection, _ relay: Relay) {
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
  func finishNode(_ connection: Connection, _ relay: Relay) {
    Socket.endOutput(relay.descriptor)
    endIfBothEnded(connection, relay)
  }

  /// The node's direction ends without a close_notify, or without TLS. It may have died; a process that does leaves no other
  /// trace.
  func vanish(_ connection: Connection, _ relay: Relay) {
    if !relay.clientEnded { suspect(relay) }
    endOfNode(connection, relay)
  }

  /// The node has ended its direction: so does the edge towards the client.
  func endOfNode(_ connection: Connection, _ relay: Relay) {
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

  /// A client that was handed over is so no longer.
  func countEnd(of relay: Relay) {
    if relay.phase == .pumping { counters.count(.relayEnded) }
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
    countEnd(of: relay)
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
    if relay.mostSilence > 0, now - max(relay.clientMoved, relay.nodeMoved) >= relay.mostSilence {
      return partRelay(connection, relay)
    }
    setRelayTimer(connection, relay)
  }

  func setRelayTimer(_ connection: Connection, _ relay: Relay) {
    let isEnding = relay.clientEnded || relay.nodeEnded
    let look = isEnding ? min(Self.relayGoodbye, relay.patience) : relay.patience
    let silent =
      relay.mostSilence > 0
      ? max(relay.clientMoved, relay.nodeMoved) + relay.mostSilence : .max
    timers.set(connection.slot, deadline: min(now + look, silent, connection.leaves ?? .max))
  }

  /// The edge leaves: each relayed client at a moment of its own, so that they do not come back all at once.
  func leave(_ connection: Connection) {
    guard let relayLeaveBy, let relay = connection.relay, relay.phase == .pumping else { return }
    let span = max(relayLeaveBy - now, 1)
    connection.leaves = now + Int64(random.next() % UInt64(span))
    setRelayTimer(connection, relay)
  }
}

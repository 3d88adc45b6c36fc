import Conversation
import Glibc
import Routing

/// How the bytes of a relayed connection move.
extension Worker {
  /// Reads of one direction in one go, before others get their turn.
  private static let relayBatch = 16

  // MARK: From the client

  func readClient(_ connection: Connection, _ relay: Relay) {
    relay.clientHasMore = true
    guard relay.phase == .pumping, !relay.clientEnded else { return }
    for _ in 0..<Self.relayBatch {
      guard relay.unsent.isEmpty else { return }
      switch unsafe Socket.receive(connection.descriptor, into: input) {
      case .wait:
        relay.clientHasMore = false
        relay.clientIsSteady = true
        return
      case .end: return endOfClient(connection, relay)
      case .failed: return endRelay(connection, relay)
      case .bytes(let count):
        relay.clientMoved = now
        counters.count(.bytesToNode, count)
        if unsafe count < input.count, relay.clientIsSteady { relay.clientHasMore = false }
        takeFromClient(connection, relay, count)
        guard connection.relay === relay, !relay.clientEnded, relay.clientHasMore else { return }
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
  func pushWire(_ connection: Connection, _ relay: Relay) {
    let isTaken = unsafe wire.output.withUnsafeBytes { unsafe push(relay, $0) }
    // Before anything else is done: the wire is the client's too.
    wire.output.removeAll(keepingCapacity: true)
    if !isTaken { deafNode(connection, relay) }
  }

  /// False: the node's socket is gone.
  func push(_ relay: Relay, _ bytes: UnsafeRawBufferPointer) -> Bool {
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
        relay.nodeIsSteady = true
        return
      case .end: return vanish(connection, relay)
      case .failed: return loseNode(connection, relay, "it is gone")
      case .bytes(let count):
        relay.nodeMoved = now
        counters.count(.bytesToClient, count)
        if unsafe count < input.count, relay.nodeIsSteady { relay.nodeHasMore = false }
        if relay.session == nil {
          unsafe takeFromNode(connection, relay, UnsafeRawBufferPointer(rebasing: input[..<count]))
        } else {
          decryptNode(connection, relay, count)
        }
        guard connection.relay === relay, !relay.nodeEnded, relay.nodeHasMore else { return }
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
  func flushWire(_ connection: Connection) {
    unsafe wire.output.withUnsafeBytes { unsafe send(connection, $0) }
    wire.output.removeAll(keepingCapacity: true)
  }

  /// There is more to read, and others have waited.
  func goOn(_ connection: Connection, _ relay: Relay) {
    guard !relay.isContinuing else { return }
    relay.isContinuing = true
    continuing.append((connection.slot, connection.use))
  }
}

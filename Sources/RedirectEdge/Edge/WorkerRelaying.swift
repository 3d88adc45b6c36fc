import Conversation
import Glibc
import Routing
import Shared

/// A client that cannot follow is brought to its node by passing its bytes on.
///
///     client's socket -> [TLS] -> bytes -> [TLS] -> node's socket, and the other way
///
/// One direction is read only while the other socket takes what is read, so a connection holds at most one read of each
/// direction, however slow anybody is.
extension Worker {
  /// Reads of one connection in one go, before others get their turn.
  private static let relayBatch = 16
  /// How long a side may not take what is sent to it, in ms.
  static let relayPatience: Int64 = 60_000
  /// Before the end of leaving, in ms: the last clients are closed in order too.
  private static let lastMoment: Int64 = 500
  /// How long the second side's end is awaited after the first one's, in ms.
  private static let relayGoodbye: Int64 = 30_000

  // MARK: Beginning

  /// Begins to relay a client that is known; false: the node cannot be had.
  func relay(_ connection: Connection, _ snapshot: WorkerSnapshot, to route: Route) -> Bool {
    let shared = snapshot.shared
    let state = shared.nodeStates[route.node]
    guard let descriptor = state.places.lazy.compactMap({ $0.connect() }).first else {
      return false
    }
    let domain = connection.conversation.domain
    connection.relay = Relay(
      node: route.node, state, descriptor: descriptor,
      serverName: shared.serverNames[domain] ?? "",
      approach: Approach(
        connection.conversation.takeSaid(), domain: domain,
        upgrades: state.identity.security == .starttls),
      context: shared.nodeTLS)
    guard
      poller.watch(node: descriptor, slot: connection.slot, use: connection.use)
    else {
      endRelay(connection)
      return true
    }
    watch(connection)
    timers.set(connection.slot, deadline: now + shared.times.relay)
    return true
  }

  // MARK: Waking up

  /// Something has happened at the node's socket.
  func wakeNode(_ slot: Int, _ use: UInt32, _ event: Poller.Event) {
    let connection = connections[slot]
    guard connection.use == use, let relay = connection.relay else { return }
    if relay.phase == .connecting {
      guard event.isWritable || event.isReadable else { return }
      guard Socket.error(relay.descriptor) == 0 else { return loseNode(connection, relay) }
      relay.phase = .approaching
      beginApproach(connection, relay)
    }
    guard connection.relay === relay else { return }
    if event.isWritable, !relay.unsent.isEmpty {
      guard pushToNode(connection, relay) else { return }
      if relay.unsent.isEmpty, relay.clientHasMore { readClient(connection, relay) }
    }
    if connection.relay === relay, event.isReadable { readNode(connection, relay) }
  }

  /// Something has happened at the socket of a client that is relayed.
  func wakeRelayed(_ connection: Connection, _ relay: Relay, _ event: Poller.Event) {
    if event.isWritable, !connection.unsent.isEmpty {
      sendRest(connection)
      guard connection.relay === relay else { return }
      relay.moved = now
      if connection.unsent.isEmpty, relay.nodeEnded { Socket.endOutput(connection.descriptor) }
      if connection.unsent.isEmpty, relay.nodeHasMore { readNode(connection, relay) }
    }
    if connection.relay === relay, event.isReadable { readClient(connection, relay) }
  }

  /// Those who had more to read than fits into one go.
  func continueRelays() {
    let waiting = continuing
    continuing.removeAll(keepingCapacity: true)
    for (slot, use) in waiting {
      let connection = connections[slot]
      guard connection.use == use, let relay = connection.relay else { continue }
      if relay.clientHasMore, relay.unsent.isEmpty { readClient(connection, relay) }
      guard connection.relay === relay else { continue }
      if relay.nodeHasMore, connection.unsent.isEmpty { readNode(connection, relay) }
    }
  }

  // MARK: The approach

  private func beginApproach(_ connection: Connection, _ relay: Relay) {
    if relay.security == .directtls { return beginNodeTLS(connection, relay) }
    var output: [UInt8] = []
    relay.approach.open(&output)
    sendToNode(connection, relay, output)
  }

  private func beginNodeTLS(_ connection: Connection, _ relay: Relay) {
    let session = unsafe TLSSession(
      client: relay.context.context, serverName: relay.serverName, wire: wire)
    guard let session else { return loseNode(connection, relay) }
    relay.session = session
    // The client's side speaks first.
    decryptNode(connection, relay, 0)
  }

  private func approach(
    _ connection: Connection, _ relay: Relay, _ bytes: UnsafeRawBufferPointer
  ) {
    var toNode: [UInt8] = []
    workspace.output.removeAll(keepingCapacity: true)
    let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
    let action = relay.approach.receive(span, toNode: &toNode, toClient: &workspace.output)
    sendToNode(connection, relay, toNode)
    wipe(&toNode)
    guard connection.relay === relay else { return }
    switch action {
    case .read: return
    case .startTLS: beginNodeTLS(connection, relay)
    case .failed(let fault):
      log.relayFailed(connection, relay, fault.description)
      loseNode(connection, relay)
    case .pump: beginPump(connection, relay)
    }
  }

  /// The two are on one stream.
  private func beginPump(_ connection: Connection, _ relay: Relay) {
    relay.phase = .pumping
    relay.moved = now
    counters.count(.relayed)
    connection.conversation.handedOver()
    if leaveBy != nil { leave(connection) }
    flush(connection)
    guard connection.relay === relay else { return }
    // What the client has sent behind its login.
    var early = connection.held
    connection.wipeHeld()
    sendToNode(connection, relay, early)
    wipe(&early)
    guard connection.relay === relay else { return }
    setRelayTimer(connection)
    Socket.keepAlive(connection.descriptor)
    Socket.keepAlive(relay.descriptor)
    // A session that lasts for days must not hold an old map.
    connection.snapshot = nil
    if connection.unsent.isEmpty, relay.unsent.isEmpty { readClient(connection, relay) }
  }

  // MARK: Passing on

  private func readClient(_ connection: Connection, _ relay: Relay) {
    relay.clientHasMore = true
    guard relay.phase == .pumping, !relay.clientEnded else { return }
    for _ in 0..<Self.relayBatch {
      guard relay.unsent.isEmpty else { return }
      switch unsafe Socket.receive(connection.descriptor, into: input) {
      case .wait:
        relay.clientHasMore = false
        return
      case .end:
        relay.clientHasMore = false
        return endOfClient(connection, relay)
      case .failed: return endRelay(connection)
      case .bytes(let count):
        relay.moved = now
        takeFromClient(connection, relay, count)
        guard connection.relay === relay else { return }
      }
    }
    continuing.append((connection.slot, connection.use))
  }

  /// The first `count` bytes of the input are the client's.
  private func takeFromClient(_ connection: Connection, _ relay: Relay, _ count: Int) {
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
    case .failed: endRelay(connection)
    }
  }

  private func readNode(_ connection: Connection, _ relay: Relay) {
    relay.nodeHasMore = true
    guard !relay.nodeEnded else { return }
    for _ in 0..<Self.relayBatch {
      guard connection.unsent.isEmpty else { return }
      switch unsafe Socket.receive(relay.descriptor, into: input) {
      case .wait:
        relay.nodeHasMore = false
        return
      case .end:
        relay.nodeHasMore = false
        return endOfNode(connection, relay)
      case .failed: return loseNode(connection, relay)
      case .bytes(let count):
        relay.moved = now
        if relay.session == nil {
          unsafe takeFromNode(connection, relay, UnsafeRawBufferPointer(rebasing: input[..<count]))
        } else {
          decryptNode(connection, relay, count)
        }
        guard connection.relay === relay else { return }
      }
    }
    continuing.append((connection.slot, connection.use))
  }

  /// The first `count` bytes of the input are the node's ciphertext.
  private func decryptNode(_ connection: Connection, _ relay: Relay, _ count: Int) {
    guard let session = relay.session else { return }
    let wasEstablished = session.isEstablished
    var filled = 0
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: input[..<count])
    let progress = unsafe session.receive(bytes, wire: wire, plain: plain, filled: &filled)
    pushWireToNode(connection, relay)
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
    case .failed: loseNode(connection, relay)
    }
  }

  /// TLS with the node is up.
  private func greetNode(_ connection: Connection, _ relay: Relay) {
    var output: [UInt8] = []
    if relay.security == .directtls {
      relay.approach.open(&output)
    } else {
      relay.approach.secured(&output)
    }
    sendToNode(connection, relay, output)
  }

  private func takeFromNode(
    _ connection: Connection, _ relay: Relay, _ bytes: UnsafeRawBufferPointer
  ) {
    guard relay.phase == .pumping else { return unsafe approach(connection, relay, bytes) }
    if let session = connection.session {
      guard unsafe session.send(bytes) else { return endRelay(connection) }
      flushWire(connection)
    } else {
      unsafe send(connection, bytes)
    }
  }

  // MARK: Sending to the node

  private func sendToNode(_ connection: Connection, _ relay: Relay, _ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    unsafe bytes.withUnsafeBytes { unsafe passToNode(connection, relay, $0) }
  }

  private func passToNode(
    _ connection: Connection, _ relay: Relay, _ bytes: UnsafeRawBufferPointer
  ) {
    guard let session = relay.session else { return unsafe push(connection, relay, bytes) }
    guard unsafe session.send(bytes) else { return endRelay(connection) }
    pushWireToNode(connection, relay)
  }

  private func pushWireToNode(_ connection: Connection, _ relay: Relay) {
    unsafe wire.output.withUnsafeBytes { unsafe push(connection, relay, $0) }
    wire.output.removeAll(keepingCapacity: true)
  }

  private func push(
    _ connection: Connection, _ relay: Relay, _ bytes: UnsafeRawBufferPointer
  ) {
    guard unsafe !bytes.isEmpty else { return }
    guard relay.unsent.isEmpty else {
      unsafe relay.unsent.append(contentsOf: bytes)
      return
    }
    switch unsafe Socket.send(relay.descriptor, bytes) {
    case .bytes(let count) where count == bytes.count: return
    case .bytes(let count): unsafe relay.unsent.append(contentsOf: bytes[count...])
    case .wait: unsafe relay.unsent.append(contentsOf: bytes)
    case .end, .failed: loseNode(connection, relay)
    }
  }

  /// The node's socket takes more; false: it is gone.
  private func pushToNode(_ connection: Connection, _ relay: Relay) -> Bool {
    switch unsafe relay.unsent.withUnsafeBytes({ unsafe Socket.send(relay.descriptor, $0) }) {
    case .bytes(let count):
      relay.moved = now
      relay.unsent.removeFirst(count)
    case .wait: return true
    case .end, .failed:
      loseNode(connection, relay)
      return false
    }
    if relay.unsent.isEmpty, relay.clientEnded { Socket.endOutput(relay.descriptor) }
    return true
  }

  /// Sends what the client's TLS has put on the wire.
  private func flushWire(_ connection: Connection) {
    unsafe wire.output.withUnsafeBytes { unsafe send(connection, $0) }
    wire.output.removeAll(keepingCapacity: true)
  }

  // MARK: Ends

  /// The client has ended its direction: so does the edge towards the node.
  private func endOfClient(_ connection: Connection, _ relay: Relay) {
    guard !relay.clientEnded else { return }
    relay.clientEnded = true
    if let session = relay.session {
      session.end()
      pushWireToNode(connection, relay)
    }
    finishHalf(connection, relay)
    guard connection.relay === relay, relay.unsent.isEmpty else { return }
    Socket.endOutput(relay.descriptor)
  }

  /// The node has ended its direction: so does the edge towards the client.
  private func endOfNode(_ connection: Connection, _ relay: Relay) {
    guard relay.phase == .pumping else { return loseNode(connection, relay) }
    guard !relay.nodeEnded else { return }
    relay.nodeEnded = true
    if let session = connection.session {
      session.end()
      flushWire(connection)
    }
    finishHalf(connection, relay)
    guard connection.relay === relay, connection.unsent.isEmpty else { return }
    Socket.endOutput(connection.descriptor)
  }

  private func finishHalf(_ connection: Connection, _ relay: Relay) {
    guard connection.relay === relay else { return }
    if relay.clientEnded, relay.nodeEnded, relay.unsent.isEmpty, connection.unsent.isEmpty {
      return endRelay(connection)
    }
    timers.set(connection.slot, deadline: now + Self.relayGoodbye)
  }

  /// The node is gone, or cannot be had. A client that has not been handed over hears it in words.
  private func loseNode(_ connection: Connection, _ relay: Relay) {
    guard connection.relay === relay else { return }
    if relay.phase != .pumping {
      if relay.nodeState.suspect() { suspicion.look() }
      Socket.close(relay.descriptor)
      connection.relay = nil
      return fail(connection, .remoteConnectionFailed)
    }
    // All that it has said was passed on: the client sees the end at once, and comes back.
    endOfNode(connection, relay)
    if connection.relay === relay, connection.unsent.isEmpty { endRelay(connection) }
  }

  /// Both sides are closed.
  func endRelay(_ connection: Connection) {
    close(connection)
  }

  /// The time of a relayed connection has come: it began too slowly, does not move, or must leave.
  func expireRelay(_ connection: Connection, _ relay: Relay) {
    guard relay.phase == .pumping else {
      log.relayFailed(connection, relay, "no answer in time")
      return loseNode(connection, relay)
    }
    if let leaves = connection.leaves, leaves <= now { return endRelay(connection) }
    let isStuck = !relay.unsent.isEmpty || !connection.unsent.isEmpty
    if (isStuck || relay.clientEnded || relay.nodeEnded), now - relay.moved >= Self.relayPatience / 2 {
      return endRelay(connection)
    }
    setRelayTimer(connection)
  }

  private func setRelayTimer(_ connection: Connection) {
    timers.set(
      connection.slot, deadline: min(now + Self.relayPatience, connection.leaves ?? .max))
  }

  /// The edge leaves: each relayed client at a moment of its own before the end, so that they do not come back all at once.
  func leave(_ connection: Connection) {
    guard let leaveBy, connection.relay != nil else { return }
    let span = max(leaveBy - now - Self.lastMoment, 1)
    connection.leaves = now + Int64(random.next() % UInt64(span))
    setRelayTimer(connection)
  }

  private func wipe(_ bytes: inout [UInt8]) {
    for index in bytes.indices { bytes[index] = 0 }
  }
}

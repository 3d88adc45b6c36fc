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
  // MARK: Beginning

  /// Begins to relay a client that is known; false: no connection to the node can be begun.
  func relay(_ connection: Connection, _ snapshot: WorkerSnapshot, to route: Route) -> Bool {
    let shared = snapshot.shared
    guard let way = Relay.Way(connection, shared, to: route) else { return false }
    var places = way.port.places[...]
    guard let descriptor = Relay.connect(&places) else { return false }
    guard poller.watch(node: descriptor, slot: connection.slot, use: connection.use) else {
      Socket.close(descriptor)
      return false
    }
    connection.relay = Relay(
      way, descriptor: descriptor, elsewhere: places,
      approach: Approach(
        connection.conversation.takeSaid(), domain: connection.conversation.domain,
        upgrades: way.security == .starttls,
        through: way.port.web.map { WebSocketDoor($0, &random) }),
      snapshot: shared)
    watch(connection)
    guard connection.relay != nil else { return true }
    timers.set(connection.slot, deadline: now + shared.times.relay)
    return true
  }

  // MARK: Waking up

  /// Something has happened at the node's socket.
  func wakeNode(_ slot: Int, _ use: UInt32, _ event: Poller.Event) {
    let connection = connections[slot]
    guard connection.use == use, let relay = connection.relay else { return }
    if event.isUnsteady { relay.nodeIsSteady = false }
    if relay.phase == .connecting {
      guard event.isWritable || event.isReadable else { return }
      let fault = Socket.error(relay.descriptor)
      guard fault == 0 else { return tryElsewhere(connection, relay, fault) }
      relay.phase = .approaching
      beginApproach(connection, relay)
    }
    guard connection.relay === relay else { return }
    if event.isWritable { pushToNode(connection, relay) }
    guard connection.relay === relay else { return }
    // Who has ended is not read from any more: only this tells that it is gone for good.
    if event.isBroken, relay.nodeEnded { return deafNode(connection, relay) }
    if event.isReadable { readNode(connection, relay) }
  }

  /// The node is not where it was looked for; its name may have led to other places too.
  private func tryElsewhere(_ connection: Connection, _ relay: Relay, _ fault: Int32) {
    guard let next = Relay.connect(&relay.places) else {
      return unsafe loseNode(connection, relay, String(cString: strerror(fault)))
    }
    Socket.close(relay.descriptor)
    relay.descriptor = next
    if !poller.watch(node: next, slot: connection.slot, use: connection.use) {
      loseNode(connection, relay, "it cannot be watched")
    }
  }

  /// Something has happened at the socket of a client that is relayed.
  func wakeRelayed(_ connection: Connection, _ relay: Relay, _ event: Poller.Event) {
    if event.isUnsteady { relay.clientIsSteady = false }
    if event.isWritable, !connection.unsent.isEmpty {
      sendRest(connection)
      guard connection.relay === relay else { return }
      relay.nodeMoved = now
      if connection.unsent.isEmpty {
        if relay.nodeEnded { finishClient(connection, relay) }
        guard connection.relay === relay else { return }
        if relay.nodeHasMore { readNode(connection, relay) }
      }
    }
    guard connection.relay === relay else { return }
    if event.isBroken, relay.clientEnded { return endRelay(connection, relay) }
    if event.isReadable { readClient(connection, relay) }
  }

  /// Those who had more to read than fits into one go.
  func continueRelays() {
    guard !continuing.isEmpty else { return }
    let waiting = continuing
    continuing.removeAll()
    for (slot, use) in waiting {
      let connection = connections[slot]
      guard connection.use == use, let relay = connection.relay else { continue }
      relay.isContinuing = false
      if relay.clientHasMore, relay.unsent.isEmpty { readClient(connection, relay) }
      guard connection.relay === relay else { continue }
      if relay.nodeHasMore, connection.unsent.isEmpty { readNode(connection, relay) }
    }
  }

  // MARK: The approach

  private func beginApproach(_ connection: Connection, _ relay: Relay) {
    var output: [UInt8] = []
    if relay.proxy == .v2 {
      let server = Socket.ownAddress(connection.descriptor)
      ProxyHeader.say(
        client: connection.client, server: server ?? ClientAddress(ipv4: 0, port: 0), &output)
    }
    if relay.security != .directtls { relay.approach?.open(&output) }
    sendToNode(connection, relay, output)
    guard connection.relay === relay, relay.security == .directtls else { return }
    beginNodeTLS(connection, relay)
  }

  private func beginNodeTLS(_ connection: Connection, _ relay: Relay) {
    let session = unsafe TLSSession(
      client: relay.context.context, serverName: relay.serverName, wire: wire)
    guard let session else { return loseNode(connection, relay, "TLS cannot begin") }
    relay.session = session
    // The client's side speaks first.
    decryptNode(connection, relay, 0)
  }

  /// TLS with the node is up.
  func greetNode(_ connection: Connection, _ relay: Relay) {
    if relay.verifies, let distrust = relay.session?.distrust {
      return loseNode(
        connection, relay, "its certificate is not valid for \(relay.serverName): \(distrust)")
    }
    var output: [UInt8] = []
    if relay.security == .directtls {
      relay.approach?.open(&output)
    } else {
      relay.approach?.secured(&output)
    }
    sendToNode(connection, relay, output)
  }

  /// What the node says before the two are on one stream.
  func approach(_ connection: Connection, _ relay: Relay, _ bytes: UnsafeRawBufferPointer) {
    var toNode: [UInt8] = []
    workspace.output.removeAll(keepingCapacity: true)
    let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
    let action = relay.approach?.receive(span, toNode: &toNode, toClient: &workspace.output)
    sendToNode(connection, relay, toNode)
    toNode.wipe()
    guard connection.relay === relay else { return }
    switch action {
    case .read, nil: return
    case .startTLS: beginNodeTLS(connection, relay)
    case .failed(let fault): loseNode(connection, relay, fault.description)
    case .pump: beginPump(connection, relay)
    }
  }

  /// The two are on one stream.
  private func beginPump(_ connection: Connection, _ relay: Relay) {
    relay.phase = .pumping
    relay.approach = nil
    relay.clientMoved = now
    relay.nodeMoved = now
    counters.count(.relayed, connection.kind)
    counters.count(.relaying, took: now - connection.begun)
    nodeHasTaken(connection)
    connection.conversation.handedOver()
    connection.web = nil
    // A session that lasts for days must not hold an old map.
    connection.snapshot = nil
    Socket.keepAlive(connection.descriptor)
    Socket.keepAlive(relay.descriptor)
    setRelayTimer(connection, relay)
    leave(connection)
    flush(connection)
    guard connection.relay === relay else { return }
    // What the client has sent behind its login.
    var early = connection.held
    connection.held = []
    sendToNode(connection, relay, early)
    early.wipe()
    guard connection.relay === relay else { return }
    // Its end may have come with the login: then only its TLS knows of it.
    if connection.session != nil { takeFromClient(connection, relay, 0) }
    guard connection.relay === relay else { return }
    readClient(connection, relay)
  }
}

extension Relay.Way {
  /// By the same kind of connection as the client's; nil: the node has none.
  fileprivate init?(_ connection: Connection, _ shared: Snapshot, to route: Route) {
    let state = shared.nodeStates[route.node]
    self.state = state
    guard connection.web == nil else {
      guard let port = shared.webPorts[route.node], let web = port.web else { return nil }
      self.port = port
      security = web.isSecure ? .directtls : .plain
      serverName = SocketAddress(literal: web.hostPort) == nil ? web.hostPort.host : ""
      return
    }
    let domain = connection.conversation.domain
    port = state.port
    security = state.identity.security
    serverName = shared.serverNames[domain] ?? String(decoding: domain, as: UTF8.self)
  }
}

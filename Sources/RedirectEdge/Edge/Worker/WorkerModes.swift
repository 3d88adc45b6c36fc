import Conversation
import PeerProtocol
import Routing
import Shared

/// How a client is brought to the node that was found for it.
///
///     redirect    it is told the node's address
///     relay       its bytes are passed on
///     auto        one or the other (`AutoPolicy`)
///     observe     its bytes are passed on to the entry node; what `auto` would have done is logged and counted
extension Worker {
  /// The verdict stands: the client is on its way, or hears that there is none.
  func settle(
    _ connection: Connection, _ snapshot: WorkerSnapshot, _ verdict: Verdict, _ user: [UInt8],
    leaves: Int64
  ) {
    switch verdict {
    case .route(let route): counters.count(Counters.Event(route.provider))
    case .noNode: counters.count(.withoutNode)
    case .unknown, .askPeers: counters.count(.unknown)
    }
    let domain = connection.conversation.domain
    let mode = snapshot.listeners[connection.listener].mode(of: domain)
    if mode == .observe {
      return observe(connection, snapshot, verdict, user, leaves: leaves)
    }
    guard case .route(let route) = verdict else {
      // The form of the answer is the same, so that it does not tell who exists.
      log.outcome(connection, .noNode, user: user)
      return say(connection, .noNode, leaves: leaves)
    }
    switch mode {
    case .relay, .observe:
      log.outcome(connection, .relaying(route), user: user)
      say(connection, .relay(route), leaves: leaves)
    case .redirect:
      // Nothing needs to be remembered where nodes are not watched.
      if snapshot.shared.times.retryWindow > 0 {
        let client = client(connection, snapshot, user)
        suspicion.note(client, to: route.node, of: snapshot.shared, now: now)
      }
      redirect(connection, snapshot, route, user, leaves: leaves)
    case .auto:
      bring(connection, snapshot, route, user, leaves: leaves)
    }
  }

  // MARK: Auto

  /// How long the answer is held back after peers are told that a client is redirected, in ms: much longer than the news takes,
  /// so that it does not lose the race where a machine is busy; much less than anybody notices.
  private static let headStart: Int64 = 20

  private func bring(
    _ connection: Connection, _ snapshot: WorkerSnapshot, _ route: Route, _ user: [UInt8],
    leaves: Int64
  ) {
    let client = client(connection, snapshot, user)
    let decision = decide(connection, snapshot, route, client)
    switch decision.way {
    case .redirect:
      suspicion.note(client, to: route.node, of: snapshot.shared, now: now)
      // Peers hear of it before the client does, which may come back to one of them.
      let node = snapshot.shared.configuration.nodes[route.node].name
      let isTold = peers.tell(.redirected(client: client, node: node))
      redirect(
        connection, snapshot, route, user, because: decision.reason,
        leaves: isTold ? max(leaves, now + Self.headStart) : leaves)
    case .relay:
      if decision.reason == .cameBack { connection.doubted = client }
      log.outcome(connection, .relaying(route), user: user, because: decision.reason)
      say(connection, .relay(route), leaves: leaves)
    }
  }

  private func decide(
    _ connection: Connection, _ snapshot: WorkerSnapshot, _ route: Route, _ client: UInt64
  ) -> AutoPolicy.Decision {
    let shared = snapshot.shared
    return shared.auto.decide(
      suspicion.memory.record(of: client), told: peers.told.record(of: client), node: route.node,
      isWell: shared.share(of: route.node) != .none,
      isTooLate: connection.web != nil && !connection.conversation.isNamedByHeader,
      isFollower: connection.conversation.isFollower(shared.followers), now: now)
  }

  /// A node has taken a client that is relayed. If it had come back after a redirect, then not on the node's account: this
  /// edge knows it from now on, and its peers.
  func nodeHasTaken(_ connection: Connection) {
    guard let client = connection.doubted, let snapshot = connection.snapshot else { return }
    connection.doubted = nil
    suspicion.memory.note(
      .doesNotFollow(client, at: now), of: client, now: now, forget: snapshot.shared.auto.forget)
    peers.tell(.doesNotFollow(client: client))
  }

  private func client(
    _ connection: Connection, _ snapshot: WorkerSnapshot, _ user: [UInt8]
  ) -> UInt64 {
    snapshot.shared.clientKey.client(
      user.span, at: connection.client, looks: connection.conversation.looks)
  }

  // MARK: Observe

  private func observe(
    _ connection: Connection, _ snapshot: WorkerSnapshot, _ verdict: Verdict, _ user: [UInt8],
    leaves: Int64
  ) {
    let configuration = snapshot.shared.configuration
    guard let entry = configuration.observeNode, let provider = configuration.providers.first else {
      preconditionFailure("a configuration that observes has an entry node")
    }
    if case .route(let route) = verdict {
      let decision = decide(
        connection, snapshot, route, client(connection, snapshot, user))
      counters.count(decision.way == .redirect ? .wouldRedirect : .wouldRelay, connection.kind)
      log.outcome(
        connection, .observed(route, decision.way), user: user, because: decision.reason)
    } else {
      log.outcome(connection, .observedNoNode, user: user)
    }
    // Who found the user does not matter on the way to the entry node.
    say(connection, .relay(Route(node: entry, provider: provider)), leaves: leaves)
  }

  // MARK: The two ways

  private func redirect(
    _ connection: Connection, _ snapshot: WorkerSnapshot, _ route: Route, _ user: [UInt8],
    because reason: AutoPolicy.Reason? = nil, leaves: Int64
  ) {
    log.outcome(connection, .redirected(route), user: user, because: reason)
    let target = snapshot.shared.routing.pool.target(of: route.node, for: connection.kind)
    say(connection, .redirect(target), leaves: leaves)
  }
}

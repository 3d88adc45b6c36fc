import Shared

/// The thread that probes the nodes: one for the edge, however many workers it has.
final class Prober: Sendable {
  /// What is probed, and how.
  struct Plan: Sendable {
    /// `web`: what is offered at its WebSocket is wanted.
    let nodes: [(configuration: Configuration.Node, state: NodeState, web: NodePort?)]
    let health: Configuration.Health
    /// The hosted domains; empty: each node is asked for its own host.
    let domains: [Domain]
    let context: TLSClientContext
    /// The same for WebSockets.
    let webContext: TLSClientContext

    init(_ snapshot: Snapshot) {
      let relaysWeb = snapshot.configuration.listeners.contains { $0.kind == .websocket }
      nodes = snapshot.configuration.nodes.indices.map { index in
        (
          snapshot.configuration.nodes[index], snapshot.nodeStates[index],
          relaysWeb && snapshot.configuration.mayRelay ? snapshot.webPorts[index] : nil
        )
      }
      health = snapshot.configuration.health
      domains = snapshot.configuration.domains
      context = snapshot.nodeTLS
      webContext = snapshot.nodeWebTLS
    }
  }

  enum Message {
    case watch(Plan)
    case resolved(HostPort, Resolver.Answer)
    /// Ends the thread; the closure is called when it has let go of everything.
    case end(@Sendable () -> Void)
  }

  private let mailbox: Mailbox<Message>

  /// Starts the thread. `learned` is called on it when a node offers something new.
  init(log: EdgeLog, learned: @escaping @Sendable () -> Void) throws(SystemError) {
    let mailbox = try Mailbox<Message>()
    self.mailbox = mailbox
    let resolver = try Resolver(name: "resolver") { name, answer in
      mailbox.post(.resolved(name, answer))
    }
    let probing = UncheckedBox(try Probing(mailbox, resolver, log: log, learned: learned))
    try WorkerThread.start(name: "prober") { probing.value.run() }
  }

  deinit {
    mailbox.post(.end {})
  }

  /// Probes by this plan from now on; what is known of nodes that stay is kept.
  func watch(_ plan: Plan) {
    mailbox.post(.watch(plan))
  }

  /// Ends all probes. Whoever ends the process waits for it: OpenSSL must not be cleared away under a handshake.
  func end() async {
    await withCheckedContinuation { continuation in
      mailbox.post(.end { continuation.resume() })
    }
  }

  /// A node has been suspected (`NodeState.suspect`): look at once.
  func look() {
    mailbox.wake()
  }
}

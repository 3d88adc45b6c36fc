import Conversation
import MapFile
import Routing
import Shared
import Synchronization

/// One worker's own handles on a snapshot: its read transaction, its TLS contexts. Made by the control plane, used and
/// dropped by the worker. Connections keep it until they have their answer.
final class WorkerSnapshot {
  /// A listener as its connections see it.
  struct Listener {
    let setup: Setup
    let security: Security
    /// How the pieces of its clients' streams travel.
    let framing: Framing
    /// TLS comes before the first byte of the stream.
    let firstPhase: Connection.Phase
    let requiresProxy: Bool
    let trusted: [Configuration.Network]
    /// The kind of target its clients get.
    let kind: ClientKind
    /// How its clients are brought to their nodes.
    let mode: Configuration.Mode
    /// The same for the domains that have a mode of their own.
    let domainModes: [[UInt8]: Configuration.Mode]
    /// Whether somebody will read the shapes of its clients.
    let spellsShapes: Bool
    /// The socket's own address is the client's (no balancer in between).
    let isDirect: Bool
  }

  let shared: Snapshot
  let reader: MapReader?
  let contexts: TLSContexts
  /// The same where HTTP is spoken inside; nil: nowhere.
  let webContexts: TLSContexts?
  let listeners: [Listener]

  /// - Throws: where the map has no room for another reader.
  init(_ shared: Snapshot) throws(MapError) {
    self.shared = shared
    if let map = shared.map { reader = try MapReader(map) } else { reader = nil }
    contexts = TLSContexts(shared.tls)
    let hasWeb = shared.configuration.listeners.contains { $0.kind.isWeb && $0.usesTLS }
    webContexts = hasWeb ? TLSContexts(shared.tls, for: .http) : nil
    listeners = shared.configuration.listeners.map { Listener($0, shared) }
  }

  deinit {
    // The last connection of this worker that saw the old set has its answer: the control plane unmaps the map
    // when all workers have said so, because unmapping is slow.
    shared.releases.add(1, ordering: .releasing)
  }
}

extension WorkerSnapshot.Listener {
  fileprivate init(_ listener: Configuration.Listener, _ shared: Snapshot) {
    let configuration = shared.configuration
    let mode = listener.mode
    // A BOSH client can only be redirected.
    let domainModes = listener.kind == .bosh ? [:] : shared.domainModes
    self.mode = mode
    self.domainModes = domainModes
    let decides = [mode] + domainModes.values
    spellsShapes =
      [.trace, .debug].contains(configuration.logLevel)
      && decides.contains { $0 == .auto || $0 == .observe }
    framing =
      switch listener.kind {
      case .starttls, .directtls, .plain: .document
      case .websocket: .messages
      case .bosh: .bosh
      }
    let offers = listener.kind == .websocket ? shared.webOffers : shared.offers
    setup = Setup(
      domains: configuration.domains, early: configuration.early, profile: configuration.profile,
      concealsUsers: configuration.concealsUsers,
      mayRelay: decides.contains(where: \.mayRelay),
      offers: offers.filter { (domainModes[$0.key] ?? mode).mayRelay },
      followers: shared.followers, framing: framing,
      limits: Limits(
        bytes: configuration.limits.bytes, elements: configuration.limits.elements,
        depth: configuration.limits.depth))
    switch listener.kind {
    case .starttls:
      security = .starttls
      firstPhase = .open
      kind = .starttls
    case .directtls:
      security = .tls
      firstPhase = .tlsAwaited
      kind = .directtls
    case .plain:
      security = .plain
      firstPhase = .open
      kind = listener.standsFor
    case .websocket, .bosh:
      security = listener.usesTLS ? .tls : .plain
      firstPhase = listener.usesTLS ? .tlsAwaited : .open
      kind = listener.standsFor
    }
    requiresProxy = listener.requiresProxy
    trusted = listener.trustedNetworks
    isDirect = listener.clientsAreDirect
  }
}

extension WorkerSnapshot.Listener {
  /// How a client's HTTP becomes a conversation; nil where there is none.
  func entrance() -> WebEntrance? {
    framing == .document ? nil : WebEntrance(framing)
  }

  /// The mode of a hosted domain's clients.
  func mode(of domain: [UInt8]) -> Configuration.Mode {
    domainModes.isEmpty ? mode : domainModes[domain] ?? mode
  }

  /// Whether somebody at `address` may speak the PROXY protocol here.
  func trusts(_ address: ClientAddress) -> Bool {
    trusted.contains { $0.contains(high: address.high, low: address.low) }
  }
}

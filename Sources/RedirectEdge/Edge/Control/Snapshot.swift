import COpenSSL
import Conversation
import MapFile
import Routing
import Shared
import Synchronization

/// All that decides over an answer, as one immutable value: a connection sees one snapshot from accept to answer, so
/// never a mix of an old file and a new one.
final class Snapshot: Sendable, NodeShares {
  /// Bounds of a conversation, in ms.
  struct Times: Sendable {
    let step: Int64
    let total: Int64
    /// From a known user to the answer.
    let cover: Int64
    /// From a known user to a node that has answered.
    let relay: Int64
    /// How long a side of a relayed connection may not take what is sent to it.
    let relayStuck: Int64
    /// How long both sides of a relayed connection may be silent; 0: for ever.
    let relayIdle: Int64
    /// How soon a client's return is evidence against its node; 0: never.
    let retryWindow: Int64
  }

  let configuration: Configuration
  let routing: RoutingTable
  /// nil where the provider chain has no `db`.
  let map: Map?
  /// In the order of the configuration.
  let plugins: [Plugin]
  let tls: TLSContexts.Settings
  /// What is known of the nodes beside that, in the order of the pool.
  let nodeStates: [NodeState]
  /// The WebSockets of those nodes that have one.
  let webPorts: [NodePort?]
  /// TLS of connections to nodes.
  let nodeTLS: TLSClientContext
  /// The same where HTTP is spoken inside.
  let nodeWebTLS: TLSClientContext
  /// The hosted domains as SNI and certificates have them.
  let serverNames: [[UInt8]: String]
  /// What nodes offered to clients of each domain when the snapshot was made.
  let offers: [[UInt8]: [UInt8]]
  /// The same of their WebSockets.
  let webOffers: [[UInt8]: [UInt8]]
  /// The modes of domains that have one of their own.
  let domainModes: [[UInt8]: Configuration.Mode]
  /// How mode `auto` decides.
  let auto: AutoPolicy
  /// The key of the hashes under which clients are remembered.
  let clientKey: ClientKey
  /// Clients that are known to follow.
  let followers: Followers
  /// How this edge proves to peers that it is one; nil: it has none.
  let peerIdentity: PeerIdentity?
  /// What administrators must show; nil: nothing.
  let adminToken: [UInt8]?
  let times: Times
  /// What one client address may do.
  let addressLimits: AddressLimiter.Limits
  /// Workers that have dropped their handles on it.
  let releases = Atomic<Int>(0)

  init(
    configuration: Configuration, routing: RoutingTable, map: Map?, plugins: [Plugin],
    tls: TLSContexts.Settings, nodeStates: [NodeState], webPorts: [NodePort?],
    nodeTLS: TLSClientContext, nodeWebTLS: TLSClientContext, clientKey: ClientKey,
    followers: Followers, peerIdentity: PeerIdentity?, adminToken: [UInt8]?
  ) {
    self.configuration = configuration
    self.routing = routing
    self.map = map
    self.plugins = plugins
    self.tls = tls
    self.nodeStates = nodeStates
    self.webPorts = webPorts
    self.nodeTLS = nodeTLS
    self.nodeWebTLS = nodeWebTLS
    serverNames = Dictionary(
      configuration.domains.map { ($0.bytes, $0.ascii) }, uniquingKeysWith: { first, _ in first })
    offers = Self.offers(of: nodeStates.map(\.port), to: configuration.domains)
    webOffers = Self.offers(of: webPorts.compactMap(\.self), to: configuration.domains)
    domainModes = Dictionary(
      configuration.domainModes.map { ($0.key.bytes, $0.value) },
      uniquingKeysWith: { first, _ in first })
    auto = AutoPolicy(
      first: configuration.auto.first == .redirect ? .redirect : .relay,
      window: configuration.auto.window.milliseconds,
      forget: configuration.auto.forget.milliseconds)
    self.clientKey = clientKey
    self.followers = followers
    self.peerIdentity = peerIdentity
    self.adminToken = adminToken
    let limits = configuration.limits
    addressLimits = AddressLimiter.Limits(
      concurrent: limits.addressConcurrent, rate: limits.addressRate, burst: limits.addressBurst)
    times = Times(
      step: configuration.limits.step.milliseconds, total: configuration.limits.total.milliseconds,
      cover: configuration.cover.milliseconds, relay: configuration.relayTimeout.milliseconds,
      relayStuck: configuration.relayStuck.milliseconds,
      relayIdle: configuration.relayIdle.milliseconds,
      retryWindow: configuration.health.isWatched
        ? configuration.health.retryWindow.milliseconds : 0)
  }

  /// Whether the nodes offer something else now.
  var hasOldOffers: Bool {
    Self.offers(of: nodeStates.map(\.port), to: configuration.domains) != offers
      || Self.offers(of: webPorts.compactMap(\.self), to: configuration.domains) != webOffers
  }

  /// What nodes offer at their ports, which are of one kind, to clients of each domain.
  private static func offers(of ports: [NodePort], to domains: [Domain]) -> [[UInt8]: [UInt8]] {
    var offers: [[UInt8]: [UInt8]] = [:]
    let framing = ports.first?.web == nil ? Framing.document : .messages
    for domain in domains {
      let seen = NodePort.counting(ports, for: domain.bytes)
        .compactMap { $0.features(of: domain.bytes) }
      if let offer = NodeFeatures.offer(of: seen, framing) { offers[domain.bytes] = offer }
    }
    return offers
  }

  /// What a node takes now, by its place in the pool.
  func share(of node: Int) -> Share {
    routing.pool.nodes[node].isActive ? nodeStates[node].share : .none
  }
}

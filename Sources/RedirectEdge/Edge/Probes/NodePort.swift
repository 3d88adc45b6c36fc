import Conversation
import Shared
import Synchronization

/// A port of a node that the edge itself uses: where it is, and what is offered there. The prober writes, workers and the
/// control plane read.
final class NodePort: Sendable {
  let address: HostPort
  /// The URL if it is a WebSocket.
  let web: WebAddress?
  private let whereabouts: Mutex<[SocketAddress]>
  private let seen = Mutex<[[UInt8]: NodeFeatures]>([:])
  private let outdated = Atomic<Bool>(false)

  init(_ address: HostPort, web: WebAddress? = nil) {
    self.address = address
    self.web = web
    whereabouts = Mutex(SocketAddress(literal: address).map { [$0] } ?? [])
  }

  /// Where it is, as far as its name has been resolved.
  var places: [SocketAddress] { whereabouts.withLock { $0 } }

  /// For the prober.
  func move(to places: [SocketAddress]) {
    whereabouts.withLock { $0 = places }
  }

  /// What the node offers there to clients of a domain, as the last full probe saw it; nil: not known.
  func features(of domain: [UInt8]) -> NodeFeatures? {
    seen.withLock { $0[domain] }
  }

  /// For the prober; whether it is something new.
  func learn(_ features: NodeFeatures, of domain: [UInt8]) -> Bool {
    let wasOutdated = outdated.exchange(false, ordering: .relaxed)
    return seen.withLock { seen in
      guard seen[domain] != features else { return wasOutdated }
      seen[domain] = features
      return true
    }
  }

  /// For the prober: the node is down for so long that what it offered says nothing of what clients will find.
  func outdate() {
    outdated.store(true, ordering: .relaxed)
  }

  /// Those whose features count in what clients of a domain are offered: not those of nodes that are down for long, where
  /// others are known.
  static func counting(_ ports: [NodePort], for domain: [UInt8]) -> [NodePort] {
    let known = ports.filter { $0.features(of: domain) != nil }
    let living = known.filter { !$0.outdated.load(ordering: .relaxed) }
    return living.isEmpty ? known : living
  }
}

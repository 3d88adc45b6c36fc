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
    seen.withLock { seen in
      guard seen[domain] != features else { return false }
      seen[domain] = features
      return true
    }
  }
}

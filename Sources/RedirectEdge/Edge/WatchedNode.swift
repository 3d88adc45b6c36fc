import Routing
import Shared

/// What the prober keeps of one node between probes.
final class WatchedNode {
  /// Where clients are sent that the edge does not use itself; it must not be an edge.
  struct Target {
    let address: HostPort
    let security: Configuration.Node.InternalSecurity
    /// When it is looked at next.
    var due: Int64
    var link: ProbeLink?
    var isEdge = false
  }

  var configuration: Configuration.Node
  let state: NodeState
  var health: NodeHealth
  var targets: [Target] = []
  /// The probe that is under way, and how far it goes.
  var link: ProbeLink?
  var depth = NodeHealth.Depth.header
  /// When the last probe began, and when the next one shall.
  var began: Int64 = 0
  var due: Int64
  /// A client's return has caused the probe that is under way, or the next one.
  var isDecisive = false
  /// What was said last of each domain, and of the certificate, so that it is said once.
  var complaints: [Int: String] = [:]
  var distrust: String?

  init(
    _ configuration: Configuration.Node, _ state: NodeState, _ settings: NodeHealth.Settings,
    now: Int64
  ) {
    self.configuration = configuration
    self.state = state
    health = NodeHealth(settings, now: now)
    due = now
  }

  var name: String { configuration.name }

  /// Publishes what the node takes now.
  func publish(now: Int64) {
    let isLoop = targets.contains(where: \.isEdge)
    state.publish(isLoop ? .none : health.share(now: now))
  }

  /// The public targets, as far as they are not the address that is probed anyway. What is known of them stays.
  func adoptTargets(now: Int64) {
    var wanted: [(HostPort, Configuration.Node.InternalSecurity)] = []
    if configuration.host != configuration.internalAddress {
      wanted.append((configuration.host, configuration.usesTLS ? .directtls : .starttls))
    }
    if let directTLS = configuration.directTLS, directTLS != configuration.internalAddress {
      wanted.append((directTLS, .directtls))
    }
    let old = targets
    targets = wanted.map { address, security in
      old.first { $0.address == address && $0.security == security }
        ?? Target(address: address, security: security, due: now)
    }
    for target in old where !targets.contains(where: { $0.address == target.address }) {
      target.link?.abandon()
    }
  }

  /// It is watched no more.
  func abandon() {
    link?.abandon()
    for target in targets { target.link?.abandon() }
  }
}

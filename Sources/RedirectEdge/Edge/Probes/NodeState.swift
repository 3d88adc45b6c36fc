import Routing
import Shared
import Synchronization

/// What the edge knows of one node beside its configuration. It outlives snapshots; workers read it without a lock.
///
/// The prober writes the operational state, an administrator the other, as HAProxy keeps the two apart.
final class NodeState: Sendable {
  /// A node is another one when its name or where the edge finds it changes.
  struct Identity: Hashable, Sendable {
    let name: String
    let address: HostPort
    let security: Configuration.Node.InternalSecurity
    let proxy: Configuration.Node.InternalProxy
  }

  let identity: Identity
  /// Where it is probed, and where clients are relayed that came without HTTP.
  let port: NodePort
  private let operational = Atomic<UInt32>(Share.all.parts)
  private let drained = Atomic<Bool>(false)
  private let suspected = Atomic<Bool>(false)

  init(_ identity: Identity) {
    self.identity = identity
    port = NodePort(identity.address)
  }

  /// What clients the node takes now.
  var share: Share {
    drained.load(ordering: .relaxed)
      ? .none : Share(parts: operational.load(ordering: .relaxed))
  }

  /// For the prober.
  func publish(_ share: Share) {
    operational.store(share.parts, ordering: .relaxed)
  }

  /// What probes say of it, whatever an administrator wants.
  var isUp: Bool { operational.load(ordering: .relaxed) > 0 }

  /// Whether an administrator has taken it out of service.
  var isDrained: Bool {
    get { drained.load(ordering: .relaxed) }
    set { drained.store(newValue, ordering: .relaxed) }
  }

  /// A client that was sent there has come back. True: nobody has said so since the prober's last look.
  func suspect() -> Bool {
    !suspected.exchange(true, ordering: .relaxed)
  }

  /// For the prober: whether somebody has said so since the last look.
  func takeSuspicion() -> Bool {
    suspected.load(ordering: .relaxed) && suspected.exchange(false, ordering: .relaxed)
  }
}

import Shared
import Synchronization

/// The state of every node that this process has ever known, so that it outlives changes of the configuration. Their number is
/// bounded by what administrators write.
final class NodeRegistry: Sendable {
  private let states = Mutex<[NodeState.Identity: NodeState]>([:])

  /// The states of `nodes`, in their order.
  func states(of nodes: [Configuration.Node]) -> [NodeState] {
    states.withLock { states in
      nodes.map { node in
        let identity = NodeState.Identity(
          name: node.name, address: node.internalAddress, security: node.internalSecurity)
        if let known = states[identity] { return known }
        let new = NodeState(identity)
        states[identity] = new
        return new
      }
    }
  }
}

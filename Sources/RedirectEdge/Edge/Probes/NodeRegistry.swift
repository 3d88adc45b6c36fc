import Shared
import Synchronization

/// The state of every node that this process has ever known, so that it outlives changes of the configuration. Their number is
/// bounded by what administrators write.
final class NodeRegistry: Sendable {
  private let states = Mutex<[NodeState.Identity: NodeState]>([:])
  /// WebSockets of nodes, by the node's name and their own.
  private let webPorts = Mutex<[String: [WebAddress: NodePort]]>([:])

  /// The states of `nodes`, in their order.
  func states(of nodes: [Configuration.Node]) -> [NodeState] {
    states.withLock { states in
      nodes.map { node in
        let identity = NodeState.Identity(
          name: node.name, address: node.internalAddress, security: node.internalSecurity,
          proxy: node.internalProxy)
        if let known = states[identity] { return known }
        let new = NodeState(identity)
        states[identity] = new
        return new
      }
    }
  }

  /// The WebSockets of `nodes`, in their order; nil where a node has none.
  func webPorts(of nodes: [Configuration.Node]) -> [NodePort?] {
    webPorts.withLock { ports in
      nodes.map { node in
        guard let web = node.internalWebSocket else { return nil }
        if let known = ports[node.name]?[web] { return known }
        let new = NodePort(web.hostPort, web: web)
        ports[node.name, default: [:]][web] = new
        return new
      }
    }
  }
}

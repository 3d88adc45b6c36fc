public import Shared

/// The nodes that clients can be sent to, with the targets of each, ready to be written.
public struct Pool: Sendable {
  /// One XMPP server.
  public struct Node: Sendable {
    /// The name it has in `redirect.to`.
    public let name: String
    /// Its capacity against the other nodes.
    public let weight: UInt32
    /// False while its configured state is `drain`.
    public let isActive: Bool
    /// `host:port` as a client is told, by the raw value of `ClientKind`; empty: no such target.
    let targets: [[UInt8]]

    fileprivate func isCalled(_ other: Span<UInt8>) -> Bool {
      var place = 0
      for byte in name.utf8 {
        guard place < other.count, other[place] == byte else { return false }
        place += 1
      }
      return place == other.count
    }

    /// The addresses and the state that the configuration gives a node.
    public init(_ node: Configuration.Node) {
      name = node.name
      weight = node.weight
      isActive = node.state == .active
      targets = ClientKind.allCases.map { kind in
        switch kind {
        case .starttls: node.usesTLS ? [] : Array(node.host.description.utf8)
        case .directtls:
          if let target = node.directTLS {
            Array(target.description.utf8)
          } else {
            node.usesTLS ? Array(node.host.description.utf8) : []
          }
        case .websocket: Array((node.websocket?.description ?? "").utf8)
        case .bosh: Array((node.bosh?.description ?? "").utf8)
        }
      }
    }
  }

  /// In the order of `redirect.to`.
  public let nodes: [Node]

  /// A pool of the configuration's nodes.
  public init(_ nodes: [Configuration.Node]) {
    self.nodes = nodes.map(Node.init)
  }

  /// The node of that name, by its index; nil if there is none. Allocates nothing.
  public func node(named name: Span<UInt8>) -> Int? {
    nodes.indices.first { nodes[$0].isCalled(name) }
  }

  /// Whether every node has a target for clients of `kind`.
  public func serves(_ kind: ClientKind) -> Bool {
    nodes.allSatisfy { !$0.targets[Int(kind.rawValue)].isEmpty }
  }

  /// `host:port` for clients of `kind`; empty where the node has no such target.
  public func target(of node: Int, for kind: ClientKind) -> [UInt8] {
    nodes[node].targets[Int(kind.rawValue)]
  }
}

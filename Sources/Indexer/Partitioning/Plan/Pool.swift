/// The nodes that users are divided among, and what is settled of their partitions.
public struct Pool: Sendable, Equatable {
  /// At least one.
  public let nodes: [NodeShare]
  /// The node of each of the first partitions, an index into `nodes`, where somebody else has settled them (a partitions
  /// file). The partitions after those go to the nodes whose users need them.
  public let primaries: [UInt32]
  /// All weights together.
  let weight: Int

  /// A pool; no entry of `primaries` is beyond `nodes`.
  public init(nodes: [NodeShare], primaries: [UInt32] = []) {
    precondition(!nodes.isEmpty && nodes.allSatisfy { $0.weight > 0 })
    precondition(primaries.allSatisfy { $0 < nodes.count })
    self.nodes = nodes
    self.primaries = primaries
    weight = nodes.reduce(0) { $0 + $1.weight }
  }

  /// What there is without a pool: each partition stands for a node without a name.
  init(partitions: Int) {
    nodes = [NodeShare](repeating: NodeShare(name: "", weight: 1), count: partitions)
    primaries = (0..<UInt32(partitions)).map { $0 }
    weight = partitions
  }

  /// Whether the nodes are those of a pool, or only stand for partitions.
  public var isNamed: Bool { !nodes[0].name.isEmpty }

  /// How many partitions of each node are settled.
  var settled: [Int] {
    var settled = [Int](repeating: 0, count: nodes.count)
    for node in primaries { settled[Int(node)] += 1 }
    return settled
  }
}

/// One node of the pool and how much of it there is.
public struct NodeShare: Sendable, Equatable {
  /// As in `redirect.to`; empty where partitions stand for nodes.
  public var name: String
  /// `redirect.to.<node>.weight`: capacity against the other nodes, at least 1.
  public var weight: Int

  /// A node of the pool.
  public init(name: String, weight: Int) {
    self.name = name
    self.weight = weight
  }
}

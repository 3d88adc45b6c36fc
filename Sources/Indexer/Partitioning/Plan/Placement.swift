/// Where everybody goes: what the partitioner decided.
public struct Placement: Sendable, Equatable {
  /// The partition of each user, from 0.
  public var partitionOf: [UInt32]
  /// The primary node of each partition: an index into `nodes`.
  public var nodeOf: [UInt32]
  /// The nodes that the users were divided among. Without a pool each partition stands for a node without a name.
  public var nodes: [NodeShare]
  /// For each partition the other nodes, in the order in which they are to take over; empty without a pool.
  public var fallbacks: [[UInt32]]

  /// `nodeOf` has an entry for each partition, none of them beyond `nodes`.
  public init(
    partitionOf: [UInt32], nodeOf: [UInt32], nodes: [NodeShare], fallbacks: [[UInt32]] = []
  ) {
    self.partitionOf = partitionOf
    self.nodeOf = nodeOf
    self.nodes = nodes
    self.fallbacks = fallbacks
  }

  /// The node of each user, an index into `nodes`.
  public var nodeOfUser: [UInt32] { partitionOf.map { nodeOf[Int($0)] } }
}

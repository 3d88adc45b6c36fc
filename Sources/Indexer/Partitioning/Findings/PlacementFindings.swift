/// What a placement means for users and nodes: counted anew from the ties once everything is decided, with none of the
/// partitioner's own counts.
public struct PlacementFindings: Sendable, Equatable {
  /// All users.
  public let users: Int
  /// All ties.
  public let all: Cut
  /// Ties whose ends are on different nodes.
  public let betweenNodes: Cut
  /// Ties whose ends are in different partitions.
  public let betweenPartitions: Cut
  /// The nodes, in the order of the placement.
  public let nodes: [Part]
  /// The partitions by number, the first at 0.
  public let partitions: [Part]
  /// Ties from everywhere to everywhere.
  public let grid: TieGrid
  /// The networks that do not stand in one partition.
  public let networks: CutNetworks
  /// Share of the weight that would stay on a node if everybody were placed at random, each node as likely as its weight says:
  /// the sum of (weight / weight of all nodes)^2, which is how likely two users come to the same node.
  public let keptByChance: Double

  /// Some of the ties.
  public struct Cut: Sendable, Equatable {
    /// How many.
    public var ties = 0
    /// Their weight.
    public var weight: UInt64 = 0

    /// Which share of `all` ties these are, from 0 to 1; 0 without ties.
    public func share(of all: Cut) -> Double { all.ties == 0 ? 0 : Double(ties) / Double(all.ties) }
    /// Which share of the weight of `all` ties these have, from 0 to 1; 0 without ties.
    public func weightShare(of all: Cut) -> Double {
      all.weight == 0 ? 0 : Double(weight) / Double(all.weight)
    }
  }

  /// One node, or one partition.
  public struct Part: Sendable, Equatable {
    /// Users in it.
    public internal(set) var users = 0
    /// What they ask of their node, in units of load; nil if nobody said.
    public internal(set) var load: UInt64?
    /// The most it may hold: users, or for a node whose load is known that.
    public let limit: Int
    /// Ties with both ends in it.
    public internal(set) var tiesInside = 0
    /// Ties with one end in it.
    public internal(set) var tiesLeaving = 0

    init(limit: Int, hasLoad: Bool) {
      self.limit = limit
      load = hasLoad ? 0 : nil
    }
  }

  /// Counts. `graph` is that of the users themselves; the limits are of each node and of each partition of the placement;
  /// `load` is what each user asks of his node.
  public init(
    _ graph: Graph, _ placement: Placement, nodeLimits: [Int], partitionLimits: [Int],
    load: [UInt32]? = nil
  ) {
    assert(graph.users.allSatisfy { $0 == 1 }, "a vertex that is no single user")
    precondition(nodeLimits.count == placement.nodes.count, "a limit for each node")
    precondition(partitionLimits.count == placement.nodeOf.count, "a limit for each partition")
    let networks = Networks(of: graph)
    var count = TieCount(
      graph, placement, TieGrid.Grouping(placement),
      NetworkSpans(networks, placement, widest: partitionLimits.max() ?? 0))
    count.run(graph, placement)
    users = graph.count
    all = count.all
    betweenNodes = count.betweenNodes
    betweenPartitions = count.betweenPartitions
    nodes = Self.parts(
      nodeLimits, placement.nodeOfUser, inside: count.insideNode, leaving: count.leavingNode,
      load)
    partitions = Self.parts(
      partitionLimits, placement.partitionOf, inside: count.insidePartition,
      leaving: count.leavingPartition, load)
    grid = TieGrid(count.grouping, cells: count.cells)
    self.networks = CutNetworks(networks, count.spans, placement)
    keptByChance = Self.keptByChance(placement.nodes.map(\.weight))
  }

  private static func parts(
    _ limits: [Int], _ partOf: [UInt32], inside: [Int], leaving: [Int], _ load: [UInt32]?
  ) -> [Part] {
    var parts = limits.map { Part(limit: $0, hasLoad: load != nil) }
    for user in partOf.indices {
      parts[Int(partOf[user])].users += 1
      if let load { parts[Int(partOf[user])].load! += UInt64(load[user]) }
    }
    for part in parts.indices {
      parts[part].tiesInside = inside[part]
      parts[part].tiesLeaving = leaving[part]
    }
    return parts
  }

  private static func keptByChance(_ weights: [Int]) -> Double {
    let all = weights.reduce(0.0) { $0 + Double($1) }
    return weights.reduce(0.0) { $0 + Double($1) / all * (Double($1) / all) }
  }
}

extension PlacementFindings {
  /// Counts, against the limits that everything was done by. Stops if a partition holds more than they allow.
  public init(
    _ graph: Graph, _ placement: Placement, _ limits: Limits, loads: [UInt32]? = nil
  ) {
    let total = loads.map { $0.reduce(0) { $0 + Int($1) } } ?? graph.count
    var users = [Int](repeating: 0, count: placement.nodes.count)
    for node in placement.nodeOfUser { users[Int(node)] += 1 }
    var partitions = [Int](repeating: 0, count: users.count)
    for node in placement.nodeOf { partitions[Int(node)] += 1 }
    let ofNodes = limits.partitionLimits(users: users, partitions: partitions)
    self.init(
      graph, placement, nodeLimits: limits.nodeLimits(of: total),
      partitionLimits: placement.nodeOf.map { ofNodes[Int($0)] }, load: loads)
    precondition(
      self.partitions.allSatisfy { $0.users <= $0.limit }, "a partition holds more than its limit")
  }

  /// Users in the largest partition.
  public var largest: Int { partitions.lazy.map(\.users).max() ?? 0 }
  /// Users in the smallest partition.
  public var smallest: Int { partitions.lazy.map(\.users).min() ?? 0 }
  /// The most users that a partition was allowed to hold; a node with fewer users has a lower limit.
  public var partitionLimit: Int { partitions.lazy.map(\.limit).max() ?? 0 }

  /// Share of presence that need not leave its node. Presence goes along ties, once in each direction, and weight counts
  /// the directions (or the traffic, where that is known): what is not cut stays.
  public var presenceKept: Double { 1 - betweenNodes.weightShare(of: all) }
}

/// Divides users among the nodes of a pool, and those of each node among its partitions.
///
/// The ties between nodes are what costs, so the nodes come first: `insides(onNodes(everybody))`. On either level it goes by the
/// original's three steps: find the user networks, cut those that are too large along their weakest ties, distribute everything
/// evenly. The same graph, limits and seed give the same result everywhere.
public enum Partitioner {
  /// Finds everybody's place.
  ///
  /// - Parameters:
  ///   - graph: the users and their ties. A vertex may stand for several users who must stay together.
  ///   - limits: made for as many users as the graph has.
  ///   - loads: what each vertex asks of its node, at least 1, all together below 2^31; nil: its users.
  ///   - effort: how much work it may be.
  ///   - team: the threads that do it; their number makes no difference to what comes of it.
  public static func run(
    _ graph: Graph, limits: Limits, loads: [UInt32]? = nil, seed: UInt64,
    effort: Effort = .default, team: Team = .alone, progress: @escaping Progress = { _ in }
  ) -> Placement {
    let graph = graph.scaled()
    var tools = Tools(
      effort: effort, team: team, generator: Generator(seed: seed), progress: progress)
    let nodeOf = onNodes(graph, limits, loads: loads, tools: &tools)
    let users = Division(graph, partitionOf: nodeOf, partitions: limits.pool.nodes.count).loads
    let partitions = NumberedPartitions(
      limits.pool, counts: limits.partitions(forUsersOfNodes: users))
    let partitionOf = inPartitions(
      graph, nodeOf, users, partitions, limits, tools: &tools)
    var placement = Placement(
      partitionOf: partitionOf, nodeOf: partitions.nodeOf, nodes: limits.pool.nodes)
    if limits.pool.isNamed { placement.fallbacks = fallbacks(of: placement, graph) }
    return placement
  }

  /// The node of each vertex.
  private static func onNodes(
    _ graph: Graph, _ limits: Limits, loads: [UInt32]?, tools: inout Tools
  ) -> [UInt32] {
    let heads = graph.totalUsers
    guard let loads else {
      return divide(graph, into: limits.nodeCapacities(ofUsers: heads), tools: &tools)
    }
    var weighed = graph
    weighed.users = loads
    let nodeOf = divide(
      weighed, into: limits.nodeCapacities(ofLoad: weighed.totalUsers), tools: &tools)
    // What is right for the loads may be too many heads for the partitions that there are.
    var division = Division(graph, partitionOf: nodeOf, partitions: limits.pool.nodes.count)
    let capacities = limits.partitions(forUsersOfNodes: division.loads)
      .map { $0 * limits.partitionSize }
    if division.excess(over: capacities) > 0 {
      // No more than has to move: loads are left as they are as far as can be.
      var wishes = Wishes(of: graph)
      wishes.renew(graph, division, nil, team: tools.team)
      _ = wishes.relieve(graph, &division, Shares(capacities))
    }
    return division.partitionOf
  }

  /// The partition of each vertex, within its node. Each node is for itself: neither order nor company changes its partitions.
  private static func inPartitions(
    _ graph: Graph, _ nodeOf: [UInt32], _ users: [Int], _ partitions: NumberedPartitions,
    _ limits: Limits, tools: inout Tools
  ) -> [UInt32] {
    let insides = Insides(of: graph, nodeOf: nodeOf, nodes: users.count)
    var partitionOf = nodeOf
    for node in users.indices {
      var inside = tools.quiet
      inside.generator = tools.generator.fork()
      let own = partitions.numbers[node]
      guard !own.isEmpty else { continue }
      tools.progress(.dividingNode(number: node + 1, of: users.count))
      let limit = limits.partitionLimit(users: users[node], partitions: own.count)
      let inner =
        own.count == 1
        ? []
        : divide(
          insides.graph(of: node), into: [Int](repeating: limit, count: own.count),
          tools: &inside)
      for (index, vertex) in insides.members(of: node).enumerated() {
        partitionOf[Int(vertex)] = own.count == 1 ? own[0] : own[Int(inner[index])]
      }
    }
    return partitionOf
  }
}

/// Which numbers the partitions of each node have: the settled ones as they are settled, the others node by node.
private struct NumberedPartitions {
  /// The node of each partition.
  private(set) var nodeOf: [UInt32]
  /// The partitions of each node, ascending.
  private(set) var numbers: [[UInt32]]

  init(_ pool: Pool, counts: [Int]) {
    nodeOf = pool.primaries
    numbers = [[UInt32]](repeating: [], count: counts.count)
    for (partition, node) in pool.primaries.enumerated() {
      numbers[Int(node)].append(UInt32(partition))
    }
    for node in counts.indices {
      while numbers[node].count < counts[node] {
        numbers[node].append(UInt32(nodeOf.count))
        nodeOf.append(UInt32(node))
      }
    }
  }
}

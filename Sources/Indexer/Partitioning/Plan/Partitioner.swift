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
  ///   - rules: what administrators ask for.
  ///   - previous: where the users were before.
  ///   - effort: how much work it may be.
  ///   - team: the threads that do it; their number makes no difference to what comes of it.
  public static func run(
    _ graph: Graph, limits: Limits, loads: [UInt32]? = nil, rules: Rules = Rules(),
    previous: Previous? = nil, seed: UInt64, effort: Effort = .default, team: Team = .alone,
    progress: @escaping Progress = { _, _ in }
  ) -> Placement {
    let graph = graph.scaled()
    var tools = Tools(
      effort: effort, team: team, generator: Generator(seed: seed), progress: progress)
    // About what the nodes take of the work.
    let share = limits.partitions > limits.pool.nodes.count ? 0.6 : 1
    let nodeOf = tools.between(0, share) {
      onNodes(graph, limits, loads: loads, rules, previous, tools: &$0)
    }
    let users = Division(graph, partitionOf: nodeOf, partitions: limits.pool.nodes.count).loads
    let partitions = NumberedPartitions(
      limits.pool, counts: limits.partitions(forUsersOfNodes: users))
    let partitionOf = tools.between(share, 1) {
      inPartitions(
        graph, nodeOf, users, partitions, limits, groupOf: rules.groupOf,
        previous: previous?.partitionOf ?? [], tools: &$0)
    }
    var placement = Placement(
      partitionOf: partitionOf, nodeOf: partitions.nodeOf, nodes: limits.pool.nodes)
    if limits.pool.isNamed { placement.fallbacks = fallbacks(of: placement, graph) }
    return placement
  }

  /// The node of each vertex, as rules and the generation before ask.
  private static func onNodes(
    _ graph: Graph, _ limits: Limits, loads: [UInt32]?, _ rules: Rules, _ previous: Previous?,
    tools: inout Tools
  ) -> [UInt32] {
    var weighed = graph
    if let loads { weighed.users = loads }
    let total = weighed.totalUsers
    var capacities =
      loads == nil ? limits.nodeCapacities(ofUsers: total) : limits.nodeCapacities(ofLoad: total)
    let isFree = rules.isEmpty && previous == nil
    if loads == nil && isFree { return divide(weighed, into: capacities, tools: &tools) }
    for (node, most) in rules.most.enumerated() {
      if let most { capacities[node] = min(capacities[node], most) }
    }
    let nodeOf =
      isFree
      ? divide(weighed, into: capacities, tools: &tools)
      : divide(
        weighed, into: capacities,
        heeding: Demands(rules, previous, limits, capacities: capacities, total: total),
        tools: &tools)
    return headsHeld(nodeOf, graph, limits, rules, tools: &tools)
  }

  /// What is right for the loads, or for rules, may be too many heads for the partitions that there are.
  private static func headsHeld(
    _ nodeOf: [UInt32], _ graph: Graph, _ limits: Limits, _ rules: Rules, tools: inout Tools
  ) -> [UInt32] {
    var division = Division(graph, partitionOf: nodeOf, partitions: limits.pool.nodes.count)
    let capacities = limits.partitions(forUsersOfNodes: division.loads)
      .map { $0 * limits.partitionSize }
    var bound = graph
    bound.kinds = rules.kindOf
    let bounds =
      rules.kindOf.isEmpty
      ? nil : Bounds(permitted: rules.permitted, partitions: capacities.count)
    // Where the rules leave no way, it shows that they were not kept.
    for (graph, bounds) in bounds == nil ? [(graph, nil)] : [(bound, bounds), (graph, nil)] {
      guard division.excess(over: capacities) > 0 else { break }
      // No more than has to move: loads are left as they are as far as can be.
      var wishes = Wishes(of: graph)
      wishes.renew(graph, division, bounds, team: tools.team)
      _ = wishes.relieve(graph, &division, Shares(capacities, bounds: bounds))
    }
    return division.partitionOf
  }

  /// The partition of each vertex, within its node. Each node is for itself: neither order nor company changes its partitions.
  private static func inPartitions(
    _ graph: Graph, _ nodeOf: [UInt32], _ users: [Int], _ partitions: NumberedPartitions,
    _ limits: Limits, groupOf: [UInt32], previous: [UInt32], tools: inout Tools
  ) -> [UInt32] {
    let insides = Insides(of: graph, nodeOf: nodeOf, nodes: users.count)
    var partitionOf = nodeOf
    var done = 0
    for company in insides.companies {
      let isAlone = company.allSatisfy { partitions.numbers[$0].count <= 1 }
      var graphs = isAlone ? [] : Array(insides.graphs(of: company).reversed())
      for node in company {
        var inside = tools.quiet
        inside.generator = tools.generator.fork()
        let graph = graphs.popLast()
        let own = partitions.numbers[node]
        guard !own.isEmpty else { continue }
        tools.tell(
          .dividingNode(number: node + 1, of: users.count),
          done: Double(done) / Double(max(1, partitionOf.count)))
        done += users[node]
        let limit = limits.partitionLimit(users: users[node], partitions: own.count)
        var inner: [UInt32] = []
        if own.count > 1, let graph {
          inner = dividedInside(
            graph, [Int](repeating: limit, count: own.count),
            insideDemands(insides.members(of: node), own, groupOf, previous), tools: &inside)
        }
        for (index, vertex) in insides.members(of: node).enumerated() {
          partitionOf[Int(vertex)] = own.count == 1 ? own[0] : own[Int(inner[index])]
        }
      }
    }
    return partitionOf
  }
}

/// What is asked of the division inside a node: groups stay together, users in their partitions.
private func insideDemands(
  _ members: ArraySlice<UInt32>, _ own: [UInt32], _ groupOf: [UInt32], _ previous: [UInt32]
) -> Demands {
  var demands = Demands()
  if !groupOf.isEmpty { demands.groupOf = members.map { groupOf[Int($0)] } }
  guard !previous.isEmpty else { return demands }
  var placeOf: [UInt32: UInt32] = [:]
  for (place, partition) in own.enumerated() { placeOf[partition] = UInt32(place) }
  demands.anchors.homes = Homes(
    placeOf: members.map { placeOf[previous[Int($0)]] ?? Homes.none }, mostMoved: members.count)
  return demands
}

/// Divides what is inside a node. Groups that do not fit whole are taken apart: they stay on their node all the same.
private func dividedInside(
  _ graph: Graph, _ limits: [Int], _ demands: Demands, tools: inout Tools
) -> [UInt32] {
  if demands.isFree && demands.groupOf.isEmpty { return divide(graph, into: limits, tools: &tools) }
  var demands = demands
  demands.groupOf = groupsThatFit(demands.groupOf, most: limits.max() ?? 0)
  var division = Division(
    graph, partitionOf: divide(graph, into: limits, heeding: demands, tools: &tools),
    partitions: limits.count)
  if division.excess(over: limits) > 0 {
    refine(graph, &division, Shares(limits), isFinest: true, tools: &tools)
  }
  return division.partitionOf
}

/// Without groups of more than `most` users.
private func groupsThatFit(_ groupOf: [UInt32], most: Int) -> [UInt32] {
  var sizes: [UInt32: Int] = [:]
  for group in groupOf { sizes[group, default: 0] += 1 }
  return groupOf.map { sizes[$0, default: 0] > most ? Rules.none : $0 }
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

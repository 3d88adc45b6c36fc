/// Divides users into partitions by the original's three steps: find the user networks, cut those that are too large
/// along their weakest ties, distribute everything evenly.
///
/// The same graph, limits and seed give the same result everywhere.
public enum Partitioner {
  /// Cuts `graph`. `limits` must have been made for as many users as the graph has.
  ///
  /// - Parameters:
  ///   - effort: how much work it may be.
  ///   - team: the threads that do it; their number makes no difference to what comes of it.
  public static func run(
    _ graph: consuming Graph, limits: Limits, seed: UInt64, effort: Effort = .default,
    team: Team = .alone, progress: @escaping Progress = { _ in }
  ) -> Partitions {
    let graph = graph
    let limit = limits.partitionLimit(users: graph.count)
    var tools = Tools(
      effort: effort, team: team, generator: Generator(seed: seed), progress: progress)
    progress(.findingNetworks)
    let networks = Networks(of: graph)
    progress(.packingNetworks(count: networks.sizes.count { $0 <= limit }))
    let packing = Packing(
      sizes: networks.sizes, partitions: limits.partitions, limit: limit,
      generator: &tools.generator)
    let partitionOf = divide(graph, networks, packing, tools: &tools)
    progress(.counting)
    return Partitions(graph, partitionOf, networks, packing, limits: limits)
  }
}

/// Packed networks go where the packing says; all others are cut together.
private func divide(
  _ graph: Graph, _ networks: Networks, _ packing: Packing, tools: inout Tools
) -> [UInt32] {
  var packing = packing
  let isPacked = networks.networkOf.map { packing.partitionOf[Int($0)] != nil }
  var partitionOf = networks.networkOf
  if isPacked.contains(false) {
    partitionOf = cut(graph.without(isPacked).scaled(), &packing, tools: &tools)
  }
  for vertex in 0..<graph.count {
    if let partition = packing.partitionOf[Int(networks.networkOf[vertex])] {
      partitionOf[vertex] = UInt32(partition)
    }
  }
  return partitionOf
}

/// Cuts what is not packed into the partitions that have room, and sees to it that the packing fits beside it.
///
/// The small networks that are to stand beside what is cut do not narrow the cut: they are put where room is left. Where that
/// does not work out, the cut gives way.
private func cut(
  _ graph: Graph, _ packing: inout Packing, tools: inout Tools
) -> [UInt32] {
  let all = packing.capacitiesWithoutBallast
  let open = all.indices.filter { all[$0] > 0 }
  var division = Division(
    graph,
    partitionOf: cut(graph, into: Shares(open.map { all[$0] }), tools: &tools),
    partitions: open.count)
  var loads = [Int](repeating: 0, count: packing.capacities.count)
  for (index, partition) in open.enumerated() { loads[partition] = division.loads[index] }
  if !packing.placeBallast(beside: loads) {
    refine(
      graph, &division, Shares(open.map { packing.capacities[$0] }), isFinest: true,
      tools: &tools)
  }
  return division.partitionOf.map { UInt32(open[Int($0)]) }
}

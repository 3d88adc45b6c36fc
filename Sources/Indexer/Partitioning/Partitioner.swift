/// Divides users into partitions by the original's three steps: find the user networks, cut those that are too large
/// along their weakest ties, distribute everything evenly.
///
/// The same graph, limits and seed give the same result everywhere.
public enum Partitioner {
  /// Cuts `graph`. `limits` must have been made for as many users as the graph has.
  public static func run(
    _ graph: consuming Graph, limits: Limits, seed: UInt64, progress: Progress = { _ in }
  ) -> Partitions {
    let graph = graph
    let limit = limits.partitionLimit(users: graph.count)
    var generator = Generator(seed: seed)
    progress(.findingNetworks)
    let networks = Networks(of: graph)
    progress(.packingNetworks(count: networks.sizes.count { $0 <= limit }))
    let packing = Packing(
      sizes: networks.sizes, partitions: limits.partitions, limit: limit, generator: &generator)
    let partitionOf = divide(graph, networks, packing, generator: &generator, progress: progress)
    progress(.counting)
    return Partitions(graph, partitionOf, networks, packing, limits: limits)
  }
}

/// Packed networks go where the packing says; all others are cut together.
private func divide(
  _ graph: Graph, _ networks: Networks, _ packing: Packing, generator: inout Generator,
  progress: Progress
) -> [UInt32] {
  var packing = packing
  let members = (0..<graph.count).filter {
    packing.partitionOf[Int(networks.networkOf[$0])] == nil
  }
  var partitionOf = networks.networkOf
  if !members.isEmpty {
    let inner = cut(
      (members.count == graph.count ? graph : graph.induced(by: members)).scaled(), &packing,
      generator: &generator, progress: progress)
    for (index, vertex) in members.enumerated() { partitionOf[vertex] = inner[index] }
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
  _ graph: Graph, _ packing: inout Packing, generator: inout Generator, progress: Progress
) -> [UInt32] {
  let all = packing.capacitiesWithoutBallast
  let open = all.indices.filter { all[$0] > 0 }
  var division = Division(
    graph,
    partitionOf: cut(
      graph, capacities: open.map { all[$0] }, generator: &generator, progress: progress),
    partitions: open.count)
  var loads = [Int](repeating: 0, count: packing.capacities.count)
  for (index, partition) in open.enumerated() { loads[partition] = division.loads[index] }
  if !packing.placeBallast(beside: loads) {
    refine(
      graph, &division, capacities: open.map { packing.capacities[$0] }, isFinest: true,
      generator: &generator)
  }
  return division.partitionOf.map { UInt32(open[Int($0)]) }
}

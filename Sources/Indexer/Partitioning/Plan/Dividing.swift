/// Divides a graph's users among places of which each holds at most its limit: the nodes of a pool, or the partitions of one
/// node. The place of each vertex.
///
/// Networks that fit into one place stay whole while packing permits; all others are cut together.
func divide(
  _ graph: Graph, into limits: [Int], tools: inout Tools
) -> [UInt32] {
  guard limits.count > 1 else { return [UInt32](repeating: 0, count: graph.count) }
  tools.tell(.findingNetworks, done: 0)
  let networks = Networks(of: graph)
  let greatest = limits.max() ?? 0
  tools.tell(.packingNetworks(count: networks.sizes.count { $0 <= greatest }), done: 0.03)
  var packing = Packing(sizes: networks.sizes, limits: limits, generator: &tools.generator)
  let isPacked = networks.networkOf.map { packing.placeOf[Int($0)] != nil }
  var placeOf = networks.networkOf
  if isPacked.contains(false) {
    placeOf = tools.between(0.04, 1) { cut(graph.without(isPacked), &packing, tools: &$0) }
  }
  for vertex in 0..<graph.count {
    if let place = packing.placeOf[Int(networks.networkOf[vertex])] {
      placeOf[vertex] = UInt32(place)
    }
  }
  return placeOf
}

/// Cuts what is not packed into the places that have room, and sees to it that the packing fits beside it.
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
  var loads = [Int](repeating: 0, count: all.count)
  for (index, place) in open.enumerated() { loads[place] = division.loads[index] }
  if !packing.placeBallast(beside: loads) {
    refine(
      graph, &division, Shares(open.map { packing.capacities[$0] }), isFinest: true, tools: &tools)
  }
  return division.partitionOf.map { UInt32(open[Int($0)]) }
}

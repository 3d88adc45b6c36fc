/// Cuts the coarsest graph with `initial` and carries the cut back to the finest, bettering it on each level.
func uncoarsen(
  _ hierarchy: consuming Hierarchy, _ shares: Shares, tools: inout Tools,
  initial: (_ coarsest: Graph, _ shares: Shares, inout Tools) -> [UInt32]
) -> [UInt32] {
  var hierarchy = hierarchy
  tools.progress(.cuttingCoarsest(vertices: hierarchy.coarsest.count))
  var division = Division(
    hierarchy.coarsest, partitionOf: initial(hierarchy.coarsest, shares, &tools),
    partitions: shares.count)
  refine(
    hierarchy.coarsest, &division, shares, isFinest: hierarchy.finer.isEmpty, tools: &tools)
  while let level = hierarchy.finer.popLast() {
    tools.progress(.refining(vertices: level.graph.count))
    let coarse = division.partitionOf
    division.partitionOf = level.coarseOf.map { coarse[Int($0)] }
    refine(
      level.graph, &division, shares, isFinest: hierarchy.finer.isEmpty, tools: &tools)
  }
  return division.partitionOf
}

/// Makes a division keep the capacities as far as its vertices allow, then lessens its cut while keeping them.
func refine(
  _ graph: Graph, _ division: inout Division, _ shares: Shares, isFinest: Bool = false,
  tools: inout Tools
) {
  refineByJet(
    graph, &division, shares,
    tolerance: isFinest ? tools.effort.finestTolerance : tools.effort.tolerance,
    effort: tools.effort, team: tools.team)
  guard graph.count * shares.count <= tools.effort.searchTable else { return }
  searchBoundary(graph, &division, shares, tools: &tools)
}

/// Cuts the coarsest graph with `initial` and carries the cut back to the finest, bettering it on each level.
func uncoarsen(
  _ hierarchy: consuming Hierarchy, _ shares: Shares, tools: inout Tools,
  initial: (_ coarsest: Graph, _ shares: Shares, inout Tools) -> [UInt32]
) -> [UInt32] {
  var hierarchy = hierarchy
  let entries = hierarchy.finer.reduce(hierarchy.coarsest.neighbours.count) {
    $0 + $1.graph.neighbours.count
  }
  var refined = 0
  func done() -> Double {
    let share = Hierarchy.shareOfWork
    return share + (1 - share) * Double(refined) / Double(max(1, entries))
  }
  tools.tell(.cuttingCoarsest(vertices: hierarchy.coarsest.count), done: done())
  var division = Division(
    hierarchy.coarsest, partitionOf: initial(hierarchy.coarsest, shares, &tools),
    partitions: shares.count)
  refine(
    hierarchy.coarsest, &division, shares, isFinest: hierarchy.finer.isEmpty, tools: &tools)
  while let level = hierarchy.finer.popLast() {
    tools.tell(.refining(vertices: level.graph.count), done: done())
    let coarse = division.partitionOf
    division.partitionOf = level.coarseOf.map { coarse[Int($0)] }
    refine(
      level.graph, &division, shares, isFinest: hierarchy.finer.isEmpty, tools: &tools)
    refined += level.graph.neighbours.count
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

/// Cuts the coarsest graph with `initial` and carries the cut back to the finest, bettering it on each level.
func uncoarsen(
  _ hierarchy: consuming Hierarchy, capacities: [Int], generator: inout Generator,
  progress: Progress,
  initial: (_ coarsest: Graph, _ capacities: [Int], inout Generator) -> [UInt32]
) -> [UInt32] {
  var hierarchy = hierarchy
  progress(.cuttingCoarsest(vertices: hierarchy.coarsest.count))
  var division = Division(
    hierarchy.coarsest, partitionOf: initial(hierarchy.coarsest, capacities, &generator),
    partitions: capacities.count)
  refine(hierarchy.coarsest, &division, capacities: capacities, generator: &generator)
  while let level = hierarchy.finer.popLast() {
    progress(.refining(vertices: level.graph.count))
    let coarse = division.partitionOf
    division.partitionOf = level.coarseOf.map { coarse[Int($0)] }
    refine(
      level.graph, &division, capacities: capacities, isFinest: hierarchy.finer.isEmpty,
      generator: &generator)
  }
  return division.partitionOf
}

/// Makes a division keep the capacities as far as its vertices allow, then lessens its cut while keeping them.
func refine(
  _ graph: Graph, _ division: inout Division, capacities: [Int], isFinest: Bool = false,
  generator: inout Generator
) {
  refineByJet(
    graph, &division, capacities: capacities,
    tolerance: isFinest ? Effort.finestTolerance : Effort.tolerance, patience: Effort.jetPatience)
  guard graph.count * capacities.count <= Effort.searchTable else { return }
  searchBoundary(graph, &division, capacities: capacities, generator: &generator)
}

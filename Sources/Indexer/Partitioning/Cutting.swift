/// The multilevel cut of a graph of users into one partition for each capacity.
///
/// With little headroom users could hardly move from one partition to another, and the cut would stay bad. So the
/// partitions have some headroom until the end, and are brought down to their capacities then.
func cut(
  _ graph: Graph, capacities: [Int], generator: inout Generator, progress: Progress
) -> [UInt32] {
  let roomy = widened(capacities, for: graph.totalUsers)
  let partitionOf = uncoarsen(
    coarsen(graph, partitions: roomy.count, generator: &generator, progress: progress),
    capacities: roomy, generator: &generator, progress: progress, initial: bestInitialPartition)
  guard roomy != capacities else { return partitionOf }
  var division = Division(graph, partitionOf: partitionOf, partitions: capacities.count)
  refine(graph, &division, capacities: capacities, isFinest: true, generator: &generator)
  return division.partitionOf
}

/// Capacities that leave at least the usual headroom above each partition's share of `users`.
private func widened(_ capacities: [Int], for users: Int) -> [Int] {
  let room = max(1, capacities.reduce(0, +))
  return capacities.map { capacity in
    let share = Double(users) * Double(capacity) / Double(room)
    return max(capacity, Int((share * (1 + Effort.headroom)).rounded(.up)))
  }
}

extension Graph {
  /// The same graph with weights small enough that all of them together, both directions, stay below 2^32.
  /// No weight becomes 0.
  func scaled() -> Graph {
    precondition(neighbours.count <= UInt32.max / 2, "more than 2^30 ties")
    let total = weights.reduce(UInt64(0)) { $0 + UInt64($1) }
    guard total > UInt64(UInt32.max) else { return self }
    // What weights of at least 1 add to the shifted sum is at most their number, below 2^31.
    var shift: UInt64 = 0
    while total >> shift >= 1 << 31 { shift += 1 }
    var scaled = self
    scaled.weights = weights.map { max(1, $0 >> UInt32(shift)) }
    return scaled
  }
}

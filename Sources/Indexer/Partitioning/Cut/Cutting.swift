/// What a graph is to be cut into.
struct Shares {
  /// The most users that each partition may hold.
  var capacities: [Int]
  /// Where vertices may be; nil: everywhere.
  var bounds: Bounds?

  var count: Int { capacities.count }

  init(_ capacities: [Int], bounds: Bounds? = nil) {
    self.capacities = capacities
    self.bounds = bounds
  }
}

/// The multilevel cut of a graph into shares.
///
/// With little headroom users could hardly move from one partition to another, and the cut would stay bad. So the
/// partitions have some headroom until the end, and are brought down to their capacities then.
///
/// - Parameter start: a division to be bettered: it comes back no worse, mostly better, and looks much like it.
func cut(
  _ graph: Graph, into shares: Shares, start: [UInt32]? = nil, tools: inout Tools
) -> [UInt32] {
  var roomy = shares
  roomy.capacities = widened(
    shares.capacities, for: graph.totalUsers, headroom: tools.effort.headroom)
  var partitionOf: [UInt32]
  if let start {
    partitionOf = bettered(start, graph, roomy, tools: &tools)
  } else {
    // After the first, each run is cut and combined.
    let share = 1 / Double(2 * max(1, tools.effort.runs) - 1)
    partitionOf = tools.between(0, share) { cutOnce(graph, roomy, tools: &$0) }
    for run in 1..<max(1, tools.effort.runs) {
      let begin = share * Double(2 * run - 1)
      let other = tools.between(begin, begin + share) { cutOnce(graph, roomy, tools: &$0) }
      partitionOf = tools.between(begin + share, begin + 2 * share) {
        combined(partitionOf, other, graph, roomy, tools: &$0)
      }
    }
  }
  guard roomy.capacities != shares.capacities else { return partitionOf }
  var division = Division(graph, partitionOf: partitionOf, partitions: shares.count)
  refine(graph, &division, shares, isFinest: true, tools: &tools)
  return division.partitionOf
}

/// A cut from scratch.
private func cutOnce(_ graph: Graph, _ shares: Shares, tools: inout Tools) -> [UInt32] {
  uncoarsen(
    coarsen(graph, partitions: shares.count, tools: &tools), shares, tools: &tools,
    initial: bestInitialPartition)
}

/// A division that was coarsened along itself and refined on all levels again (Walshaw 2004).
private func bettered(
  _ start: [UInt32], _ graph: Graph, _ shares: Shares, tools: inout Tools
) -> [UInt32] {
  let hierarchy = coarsen(graph, partitions: shares.count, start: start, tools: &tools)
  let coarsest = hierarchy.start
  return uncoarsen(hierarchy, shares, tools: &tools) { _, _, _ in coarsest }
}

/// The better of two divisions, bettered further where the other knows better: no cluster reaches across either, so that whole
/// pieces on which they differ can change sides (Sanders, Schulz 2012).
private func combined(
  _ one: [UInt32], _ other: [UInt32], _ graph: Graph, _ shares: Shares, tools: inout Tools
) -> [UInt32] {
  func quality(_ partitionOf: [UInt32]) -> (Int, UInt64) {
    let division = Division(graph, partitionOf: partitionOf, partitions: shares.count)
    return (division.excess(over: shares.capacities), cutWeight(graph, partitionOf))
  }
  let (better, worse) = quality(one) <= quality(other) ? (one, other) : (other, one)
  let hierarchy = coarsen(
    graph, partitions: shares.count, start: better, apart: worse, tools: &tools)
  let coarsest = hierarchy.start
  return uncoarsen(hierarchy, shares, tools: &tools) { _, _, _ in coarsest }
}

/// Capacities that leave at least the usual headroom above each partition's share of `users`.
private func widened(_ capacities: [Int], for users: Int, headroom: Double) -> [Int] {
  let room = max(1, capacities.reduce(0, +))
  return capacities.map { capacity in
    let share = Double(users) * Double(capacity) / Double(room)
    return max(capacity, Int((share * (1 + headroom)).rounded(.up)))
  }
}

extension Graph {
  /// The same graph with weights small enough that all of them together, both directions, stay below `mostWeight`.
  /// No weight becomes 0.
  func scaled() -> Graph {
    precondition(ties <= Self.mostTies)
    let total = weights.reduce(UInt64(0)) { $0 + UInt64($1) }
    guard total >= Self.mostWeight else { return self }
    // What weights of at least 1 add to the shifted sum is at most their number, below 2^32.
    var shift: UInt64 = 0
    while total >> shift >= Self.mostWeight / 2 { shift += 1 }
    var scaled = self
    scaled.weights = Weights(weights.lazy.map { max(1, $0 >> UInt32(shift)) }, storage)
    return scaled
  }
}

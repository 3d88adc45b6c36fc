/// The vertices of a graph divided among partitions.
struct Division {
  /// The partition of each vertex, from 0.
  var partitionOf: [UInt32]
  /// Users in each partition.
  var loads: [Int]

  init(_ graph: Graph, partitionOf: [UInt32], partitions: Int) {
    self.partitionOf = partitionOf
    loads = [Int](repeating: 0, count: partitions)
    for vertex in partitionOf.indices {
      loads[Int(partitionOf[vertex])] += Int(graph.users[vertex])
    }
  }

  /// Users above the limits, all partitions together.
  func excess(over capacities: [Int]) -> Int {
    loads.indices.reduce(0) { $0 + max(0, loads[$1] - capacities[$1]) }
  }
}

/// The weight of all ties whose ends are in different partitions.
func cutWeight(_ graph: Graph, _ partitionOf: [UInt32], team: Team = .alone) -> UInt64 {
  let pieces = team.map(graph.count) { range in
    let offsets = graph.offsets.span
    let neighbours = graph.neighbours
    let weights = graph.weights
    let partitionOf = partitionOf.span
    var twice: UInt64 = 0
    for vertex in range where graph.isAbsent.isEmpty || !graph.isAbsent[vertex] {
      for place in offsets[vertex]..<offsets[vertex + 1]
      where partitionOf[Int(neighbours[place])] != partitionOf[vertex] {
        twice += UInt64(weights[place])
      }
    }
    return twice
  }
  return pieces.reduce(0, +) / 2
}

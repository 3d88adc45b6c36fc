/// A graph with ever coarser pictures of it.
struct Hierarchy {
  /// From the finest to the second coarsest: each graph, and the vertex of the next coarser one that each of
  /// its vertices went into.
  var finer: [(graph: Graph, coarseOf: [UInt32])]
  var coarsest: Graph
}

/// Contracts clusters level by level until the graph is small enough to be cut at once into `partitions`.
func coarsen(
  _ graph: consuming Graph, partitions: Int, generator: inout Generator, progress: Progress
) -> Hierarchy {
  let users = graph.totalUsers
  let greatest = max(1, users / (Effort.clustersPerPartition * partitions))
  var hierarchy = Hierarchy(finer: [], coarsest: graph)
  while hierarchy.coarsest.count > Effort.coarsestPerPartition * partitions {
    let limit = min(greatest, Effort.clusterGrowth * users / hierarchy.coarsest.count)
    let clusters = clustered(hierarchy.coarsest, limit: limit, generator: &generator)
    guard clusters.count * 100 < hierarchy.coarsest.count * Effort.leastShrinking else { break }
    let coarser = contracted(hierarchy.coarsest, clusters)
    hierarchy.finer.append((hierarchy.coarsest, clusters.clusterOf))
    hierarchy.coarsest = coarser
    progress(.coarsening(vertices: coarser.count))
  }
  return hierarchy
}

/// The graph whose vertices are the clusters; ties between the same two clusters become one, ties within
/// a cluster vanish.
func contracted(_ graph: Graph, _ clusters: Clusters) -> Graph {
  let (starts, members) = grouped(clusters)
  let offsets = graph.offsets.span
  let neighbours = graph.neighbours.span
  let weights = graph.weights.span
  let clusterOf = clusters.clusterOf.span
  var tally = Tally(kinds: clusters.count, most: clusters.count)
  var coarseOffsets = [0]
  var coarseUsers: [UInt32] = []
  var coarseNeighbours: [UInt32] = []
  var coarseWeights: [UInt32] = []
  coarseOffsets.reserveCapacity(clusters.count + 1)
  coarseUsers.reserveCapacity(clusters.count)
  // Room for the worst case is only address space until it is written to; growing would copy instead.
  coarseNeighbours.reserveCapacity(neighbours.count)
  coarseWeights.reserveCapacity(neighbours.count)
  for cluster in 0..<clusters.count {
    var users: UInt32 = 0
    for index in starts[cluster]..<starts[cluster + 1] {
      let vertex = Int(members[index])
      users += graph.users[vertex]
      for place in offsets[vertex]..<offsets[vertex + 1] {
        let other = clusterOf[Int(neighbours[place])]
        if other != UInt32(cluster) { tally.add(weights[place], to: other) }
      }
    }
    for index in 0..<tally.count {
      let (other, weight) = tally.kind(index)
      coarseNeighbours.append(other)
      coarseWeights.append(weight)
    }
    tally.clear()
    coarseUsers.append(users)
    coarseOffsets.append(coarseNeighbours.count)
  }
  return Graph(
    offsets: coarseOffsets, neighbours: coarseNeighbours, weights: coarseWeights,
    users: coarseUsers)
}

/// The vertices of each cluster, cluster after cluster: those of cluster `c` are `members[starts[c]..<starts[c + 1]]`.
private func grouped(_ clusters: Clusters) -> (starts: [Int], members: [UInt32]) {
  var starts = [Int](repeating: 0, count: clusters.count + 1)
  for cluster in clusters.clusterOf { starts[Int(cluster) + 1] += 1 }
  for cluster in 0..<clusters.count { starts[cluster + 1] += starts[cluster] }
  var next = starts
  var members = [UInt32](repeating: 0, count: clusters.clusterOf.count)
  for vertex in clusters.clusterOf.indices {
    let cluster = Int(clusters.clusterOf[vertex])
    members[next[cluster]] = UInt32(vertex)
    next[cluster] += 1
  }
  return (starts, members)
}

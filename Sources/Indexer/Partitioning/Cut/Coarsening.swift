/// A graph with ever coarser pictures of it.
struct Hierarchy {
  /// From the finest to the second coarsest: each graph, and the vertex of the next coarser one that each of
  /// its vertices went into.
  var finer: [(graph: Graph, coarseOf: [UInt32])]
  var coarsest: Graph
  /// A partition of each vertex of the coarsest graph; empty if the graph was not coarsened along a division.
  var start: [UInt32]
}

/// Contracts clusters level by level until the graph is small enough to be cut at once into `partitions`.
///
/// - Parameters:
///   - start: a division to be bettered; empty: there is none. Clusters lie within its partitions.
///   - apart: divisions along which clusters must not reach across either, but which are not carried along.
func coarsen(
  _ graph: consuming Graph, partitions: Int, start: [UInt32] = [], apart: [UInt32] = [],
  tools: inout Tools
) -> Hierarchy {
  let users = graph.totalUsers
  let greatest = max(1, users / (tools.effort.clustersPerPartition * partitions))
  var apart = apart
  var hierarchy = Hierarchy(finer: [], coarsest: graph, start: start)
  while hierarchy.coarsest.count > tools.effort.coarsestPerPartition * partitions {
    let limit = min(
      greatest, max(1, tools.effort.clusterGrowth * users / hierarchy.coarsest.count))
    let clusters = clustered(
      hierarchy.coarsest,
      groups: groups([hierarchy.coarsest.kinds, hierarchy.start, apart].filter { !$0.isEmpty }),
      limit: limit, tools: &tools)
    guard clusters.count * 100 < hierarchy.coarsest.count * tools.effort.leastShrinking else {
      break
    }
    let coarser = contracted(hierarchy.coarsest, clusters, team: tools.team)
    hierarchy.finer.append((hierarchy.coarsest, clusters.clusterOf))
    hierarchy.coarsest = coarser
    hierarchy.start = carried(hierarchy.start, into: clusters)
    apart = carried(apart, into: clusters)
    tools.progress(.coarsening(vertices: coarser.count))
  }
  return hierarchy
}

/// The values of the clusters, within each of which all vertices have the same.
private func carried(_ values: [UInt32], into clusters: Clusters) -> [UInt32] {
  guard !values.isEmpty else { return [] }
  var carried = [UInt32](repeating: 0, count: clusters.count)
  for vertex in values.indices { carried[Int(clusters.clusterOf[vertex])] = values[vertex] }
  return carried
}

/// Numbers that are equal where all of the lists are.
func groups(_ lists: [[UInt32]]) -> [UInt32] {
  guard var groups = lists.first else { return [] }
  for list in lists.dropFirst() {
    var numbers: [UInt64: UInt32] = [:]
    for index in groups.indices {
      let pair = UInt64(groups[index]) << 32 | UInt64(list[index])
      let number = numbers[pair] ?? UInt32(numbers.count)
      numbers[pair] = number
      groups[index] = number
    }
  }
  return groups
}

/// The graph whose vertices are the clusters; ties between the same two clusters become one, ties within
/// a cluster vanish.
func contracted(_ graph: Graph, _ clusters: Clusters, team: Team) -> Graph {
  let (starts, members) = grouped(clusters)
  var pieces = contractedRows(graph, clusters, starts, members, team: team)
  let ties = pieces.reduce(0) { $0 + $1.neighbours.count }
  var coarse = Rows()
  coarse.neighbours.reserveCapacity(ties)
  coarse.weights.reserveCapacity(ties)
  var offsets = [0]
  offsets.reserveCapacity(clusters.count + 1)
  for piece in pieces.indices {
    for length in pieces[piece].lengths { offsets.append(offsets[offsets.count - 1] + Int(length)) }
    coarse.neighbours += pieces[piece].neighbours
    coarse.weights.append(contentsOf: pieces[piece].weights)
    pieces[piece] = Rows()
  }
  var users = [UInt32](repeating: 0, count: clusters.count)
  for vertex in 0..<graph.count { users[Int(clusters.clusterOf[vertex])] += graph.users[vertex] }
  return Graph(
    offsets: offsets, neighbours: coarse.neighbours, weights: coarse.weights, users: users,
    kinds: carried(graph.kinds, into: clusters))
}

/// Some consecutive rows of a graph.
private struct Rows {
  var lengths: [UInt32] = []
  var neighbours: [UInt32] = []
  var weights = Weights()
}

private func contractedRows(
  _ graph: Graph, _ clusters: Clusters, _ starts: [Int], _ members: [UInt32], team: Team
) -> [Rows] {
  team.map(clusters.count) { range in
    let offsets = graph.offsets.span
    let neighbours = graph.neighbours.span
    let weights = graph.weights
    let clusterOf = clusters.clusterOf.span
    var tally = Tally(kinds: clusters.count)
    var rows = Rows()
    rows.lengths.reserveCapacity(range.count)
    // Room for the worst case is only address space until it is written to; growing would copy, and leave holes.
    let most = (starts[range.lowerBound]..<starts[range.upperBound]).reduce(0) {
      $0 + offsets[Int(members[$1]) + 1] - offsets[Int(members[$1])]
    }
    rows.neighbours.reserveCapacity(most)
    rows.weights.reserveCapacity(most)
    for cluster in range {
      for index in starts[cluster]..<starts[cluster + 1] {
        let vertex = Int(members[index])
        for place in offsets[vertex]..<offsets[vertex + 1] {
          let other = clusterOf[Int(neighbours[place])]
          if other != UInt32(cluster) { tally.add(weights[place], to: other) }
        }
      }
      for index in 0..<tally.count {
        let (other, weight) = tally.kind(index)
        rows.neighbours.append(other)
        rows.weights.append(weight)
      }
      rows.lengths.append(UInt32(tally.count))
      tally.clear()
    }
    return rows
  }
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

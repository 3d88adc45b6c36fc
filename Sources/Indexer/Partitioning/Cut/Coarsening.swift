/// A graph with ever coarser pictures of it.
struct Hierarchy {
  /// From the finest to the second coarsest: each graph, and the vertex of the next coarser one that each of
  /// its vertices went into.
  var finer: [(graph: Graph, coarseOf: [UInt32])]
  var coarsest: Graph
  /// A partition of each vertex of the coarsest graph; empty if the graph was not coarsened along a division.
  var start: [UInt32]

  /// About what making it takes of a cut's work.
  static let shareOfWork = 0.6
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
  // Entries of the rows that have been gone through.
  var coarsened = 0.0
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
    let level = hierarchy.coarsest
    let coarser = contracted(level, clusters, team: tools.team)
    hierarchy.finer.append((level, clusters.clusterOf))
    hierarchy.coarsest = coarser
    hierarchy.start = carried(hierarchy.start, into: clusters)
    apart = carried(apart, into: clusters)
    coarsened += Double(level.neighbours.count)
    // Each level that is to come shrinks about as much as this one.
    let left = Double(coarser.neighbours.count)
    let toCome = left / max(0.1, 1 - left / max(1, Double(level.neighbours.count)))
    tools.tell(
      .coarsening(vertices: coarser.count),
      done: Hierarchy.shareOfWork * coarsened / (coarsened + toCome))
  }
  return hierarchy
}

/// The values of the clusters, within each of which all vertices have the same.
func carried(_ values: [UInt32], into clusters: Clusters) -> [UInt32] {
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

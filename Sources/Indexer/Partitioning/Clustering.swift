/// A division of a graph's vertices into clusters, each of which becomes one vertex of the coarser graph.
struct Clusters {
  /// The cluster of each vertex, numbered from 0 without gaps.
  var clusterOf: [UInt32]
  var count: Int
}

/// Clusters of at most `limit` users, found by size-constrained label propagation (Meyerhenke, Sanders, Schulz 2014)
/// and two-hop matching of what that leaves alone (LaSalle, Karypis 2015).
///
/// Each vertex moves to the cluster that most of its ties lead to, if there is room. Social graphs have
/// hubs, around which matching pairs of vertices gets nowhere; whole clusters shrink them several times a level.
func clustered(_ graph: Graph, limit: Int, generator: inout Generator) -> Clusters {
  var labels = (0..<UInt32(graph.count)).map { $0 }
  var users = graph.users
  let order = verticesByDegree(graph, generator: &generator)
  for _ in 0..<Effort.clusteringRounds {
    let moved = propagateLabels(
      graph, order: order, limit: limit, labels: &labels, users: &users, generator: &generator)
    if moved * Effort.clusteringStopsBelow < graph.count { break }
  }
  let alone = labels.indices.reduce(0) { $0 + (users[Int(labels[$1])] == graph.users[$1] ? 1 : 0) }
  if alone * 2 > graph.count {
    matchTwoHops(graph, limit: limit, labels: &labels, users: &users)
  }
  return numbered(labels)
}

/// All vertices, those with few ties first, in random order among vertices with about as many ties.
///
/// Vertices with few ties have little choice, hubs have much: hubs choose once the others have settled.
private func verticesByDegree(_ graph: Graph, generator: inout Generator) -> [UInt32] {
  let offsets = graph.offsets.span
  var byWidth = [[UInt32]](repeating: [], count: Int.bitWidth + 1)
  for vertex in 0..<graph.count {
    let degree = offsets[vertex + 1] - offsets[vertex]
    byWidth[Int.bitWidth - degree.leadingZeroBitCount].append(UInt32(vertex))
  }
  var order: [UInt32] = []
  order.reserveCapacity(graph.count)
  for width in byWidth.indices {
    generator.shuffle(&byWidth[width])
    order.append(contentsOf: byWidth[width])
    byWidth[width] = []
  }
  return order
}

/// One round: each vertex joins the cluster it is tied to most. Returns how many vertices changed.
///
/// `users[label]` is how many users the cluster of that label has.
private func propagateLabels(
  _ graph: Graph, order: [UInt32], limit: Int, labels: inout [UInt32], users: inout [UInt32],
  generator: inout Generator
) -> Int {
  let offsets = graph.offsets.span
  let neighbours = graph.neighbours.span
  let weights = graph.weights.span
  let vertexUsers = graph.users.span
  var tally = Tally(kinds: graph.count, most: graph.greatestDegree)
  var moved = 0
  var labels = labels.mutableSpan
  var users = users.mutableSpan
  for vertex in order {
    let vertex = Int(vertex)
    for place in offsets[vertex]..<offsets[vertex + 1] {
      tally.add(weights[place], to: labels[Int(neighbours[place])])
    }
    let old = labels[vertex]
    let own = vertexUsers[vertex]
    var best = old
    var bestWeight = tally[old]
    for index in 0..<tally.count {
      let (label, weight) = tally.kind(index)
      guard weight >= bestWeight, label != best else { continue }
      guard Int(users[Int(label)]) + Int(own) <= limit || label == old else { continue }
      if weight > bestWeight || generator.next() & 1 == 0 {
        best = label
        bestWeight = weight
      }
    }
    tally.clear()
    guard best != old else { continue }
    users[Int(old)] -= own
    users[Int(best)] += own
    labels[vertex] = best
    moved += 1
  }
  return moved
}

/// Joins vertices that stand alone in their cluster and whose strongest ties lead to the same, full cluster;
/// and those without any ties with each other.
private func matchTwoHops(
  _ graph: Graph, limit: Int, labels: inout [UInt32], users: inout [UInt32]
) {
  let none = UInt32.max
  var waiting = [UInt32](repeating: none, count: graph.count + 1)  // last entry: no ties at all
  var tally = Tally(kinds: graph.count, most: graph.greatestDegree)
  for vertex in 0..<graph.count {
    let own = graph.users[vertex]
    guard labels[vertex] == UInt32(vertex), users[vertex] == own else { continue }
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      tally.add(graph.weights[place], to: labels[Int(graph.neighbours[place])])
    }
    var favourite = graph.count
    var favouriteWeight: UInt32 = 0
    for index in 0..<tally.count {
      let (label, weight) = tally.kind(index)
      if weight > favouriteWeight { (favourite, favouriteWeight) = (Int(label), weight) }
    }
    tally.clear()
    let partner = waiting[favourite]
    if partner != none, Int(users[Int(partner)]) + Int(own) <= limit {
      users[vertex] -= own
      users[Int(partner)] += own
      labels[vertex] = partner
    } else {
      waiting[favourite] = UInt32(vertex)
    }
  }
}

/// The same clusters, numbered from 0 in the order of their first vertices.
private func numbered(_ labels: [UInt32]) -> Clusters {
  let none = UInt32.max
  var numbers = [UInt32](repeating: none, count: labels.count)
  var count: UInt32 = 0
  var clusterOf = labels
  for vertex in labels.indices {
    let label = Int(labels[vertex])
    if numbers[label] == none {
      numbers[label] = count
      count += 1
    }
    clusterOf[vertex] = numbers[label]
  }
  return Clusters(clusterOf: clusterOf, count: Int(count))
}

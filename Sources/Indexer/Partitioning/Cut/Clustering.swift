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
///
/// - Parameter groups: a cluster has vertices of one group only; empty: all vertices are of one.
func clustered(
  _ graph: Graph, groups: [UInt32] = [], limit: Int, tools: inout Tools
) -> Clusters {
  var labels = (0..<UInt32(graph.count)).map { $0 }
  var users = graph.users
  let order = clusteringOrder(graph, tools.effort, generator: &tools.generator)
  let allowed = tools.effort.clusteringParts
  let parts = min(
    allowed.upperBound, max(allowed.lowerBound, order.count / tools.effort.clusteringPart))
  for _ in 0..<tools.effort.clusteringRounds {
    let salt = tools.generator.next()
    var moved = 0
    for part in 0..<parts {
      let range = order.count * part / parts..<order.count * (part + 1) / parts
      let wishes = wishes(
        of: order[range], graph, groups, labels, users, limit: limit, salt: salt, team: tools.team)
      moved += grant(wishes, graph.users, limit: limit, labels: &labels, users: &users)
    }
    if moved * tools.effort.clusteringStopsBelow < graph.count { break }
  }
  let alone = labels.indices.filter {
    labels[$0] == UInt32($0) && users[$0] == graph.users[$0]
      && (graph.isAbsent.isEmpty || !graph.isAbsent[$0])
  }
  if alone.count * 2 > graph.count {
    matchTwoHops(
      alone, graph, groups, limit: limit, labels: &labels, users: &users, team: tools.team)
  }
  if let first = graph.isAbsent.firstIndex(of: true) {
    for vertex in first..<graph.count where graph.isAbsent[vertex] {
      labels[vertex] = UInt32(first)
    }
  }
  return numbered(labels)
}

/// All vertices that take part, in the order in which they choose.
///
/// In a very large graph blocks of consecutive vertices choose one after the other, in random order, so that their rows are looked
/// at in about the order in which they lie: most of them are in no cache, and perhaps not in memory.
private func clusteringOrder(
  _ graph: Graph, _ effort: Effort, generator: inout Generator
) -> [UInt32] {
  guard graph.count > effort.clusteringInBlocksAbove else {
    return verticesByDegree(0..<graph.count, graph, generator: &generator)
  }
  let size = effort.clusteringBlock
  var blocks = Array(0..<(graph.count + size - 1) / size)
  generator.shuffle(&blocks)
  var order: [UInt32] = []
  order.reserveCapacity(graph.count)
  for block in blocks {
    let vertices = block * size..<min((block + 1) * size, graph.count)
    order += verticesByDegree(vertices, graph, generator: &generator)
  }
  return order
}

/// Those that take part, the ones with few ties first, in random order among vertices with about as many ties.
///
/// Vertices with few ties have little choice, hubs have much: hubs choose once the others have settled.
private func verticesByDegree(
  _ vertices: Range<Int>, _ graph: Graph, generator: inout Generator
) -> [UInt32] {
  let offsets = graph.offsets.span
  var byWidth = [[UInt32]](repeating: [], count: Int.bitWidth + 1)
  for vertex in vertices where graph.isAbsent.isEmpty || !graph.isAbsent[vertex] {
    let degree = offsets[vertex + 1] - offsets[vertex]
    byWidth[Int.bitWidth - degree.leadingZeroBitCount].append(UInt32(vertex))
  }
  var order: [UInt32] = []
  order.reserveCapacity(vertices.count)
  for width in byWidth.indices {
    generator.shuffle(&byWidth[width])
    order.append(contentsOf: byWidth[width])
    byWidth[width] = []
  }
  return order
}

/// A vertex that would rather be in the cluster of another label.
private struct LabelWish {
  let vertex: UInt32
  let label: UInt32
}

/// Where the vertices of one part of a round would go, none of them seeing where the others go.
///
/// `users[label]` is how many users the cluster of that label has.
private func wishes(
  of vertices: ArraySlice<UInt32>, _ graph: Graph, _ groups: [UInt32], _ labels: [UInt32],
  _ users: [UInt32], limit: Int, salt: UInt64, team: Team
) -> [[LabelWish]] {
  team.map(vertices.count) { range in
    let offsets = graph.offsets.span
    let neighbours = graph.neighbours
    let weights = graph.weights
    let labels = labels.span
    let users = users.span
    let groups = groups.span
    let isOneGroup = groups.isEmpty
    var tally = Tally(kinds: graph.count)
    var wishes: [LabelWish] = []
    for index in range {
      let vertex = Int(vertices[vertices.startIndex + index])
      let row = offsets[vertex]..<offsets[vertex + 1]
      if isOneGroup {
        tally.add(row, neighbours, weights, kinds: labels)
      } else {
        for place in row where groups[Int(neighbours[place])] == groups[vertex] {
          tally.add(weights[place], to: labels[Int(neighbours[place])])
        }
      }
      let old = labels[vertex]
      let own = Int(graph.users[vertex])
      var best = old
      var most = tally[old]
      var chance = Generator(seed: salt ^ UInt64(vertex))
      for index in 0..<tally.count {
        let (label, weight) = tally.kind(index)
        guard weight >= most, label != best else { continue }
        guard Int(users[Int(label)]) + own <= limit || label == old else { continue }
        if weight > most || chance.next() & 1 == 0 { (best, most) = (label, weight) }
      }
      tally.clear()
      if best != old { wishes.append(LabelWish(vertex: UInt32(vertex), label: best)) }
    }
    return wishes
  }
}

/// Lets vertices go where they wish to, in their order, as long as there is room. Returns how many went.
private func grant(
  _ wishes: [[LabelWish]], _ vertexUsers: [UInt32], limit: Int, labels: inout [UInt32],
  users: inout [UInt32]
) -> Int {
  var granted = 0
  for wish in wishes.joined() {
    let vertex = Int(wish.vertex)
    let label = Int(wish.label)
    let own = vertexUsers[vertex]
    // Two that stand alone may have wished to change places: the second finds nobody left.
    guard users[label] > 0 || own == 0, Int(users[label]) + Int(own) <= limit else { continue }
    users[Int(labels[vertex])] -= own
    users[label] += own
    labels[vertex] = wish.label
    granted += 1
  }
  return granted
}

/// Joins vertices that stand alone in their cluster and whose strongest ties lead to the same, full cluster;
/// and those without any ties with each other.
private func matchTwoHops(
  _ alone: [Int], _ graph: Graph, _ groups: [UInt32], limit: Int, labels: inout [UInt32],
  users: inout [UInt32], team: Team
) {
  let favourites = favourites(of: alone, graph, groups, labels, team: team)
  let none = UInt32.max
  var waiting = [UInt32](repeating: none, count: graph.count + 1)  // last entry: no ties at all
  for (vertex, favourite) in zip(alone, favourites.joined()) {
    let own = graph.users[vertex]
    let partner = waiting[Int(favourite)]
    if partner != none, groups.isEmpty || groups[vertex] == groups[Int(partner)],
      Int(users[Int(partner)]) + Int(own) <= limit
    {
      users[vertex] -= own
      users[Int(partner)] += own
      labels[vertex] = partner
    } else {
      waiting[Int(favourite)] = UInt32(vertex)
    }
  }
}

/// The label that most of each vertex's ties lead to; the number of vertices if it has none.
private func favourites(
  of vertices: [Int], _ graph: Graph, _ groups: [UInt32], _ labels: [UInt32], team: Team
) -> [[UInt32]] {
  team.map(vertices.count) { range in
    let neighbours = graph.neighbours
    let weights = graph.weights
    let labels = labels.span
    var tally = Tally(kinds: graph.count)
    return range.map { index in
      let vertex = vertices[index]
      for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
        let neighbour = Int(neighbours[place])
        guard groups.isEmpty || groups[neighbour] == groups[vertex] else { continue }
        tally.add(weights[place], to: labels[neighbour])
      }
      var favourite = UInt32(graph.count)
      var most: UInt32 = 0
      for index in 0..<tally.count {
        let (label, weight) = tally.kind(index)
        if weight > most { (favourite, most) = (label, weight) }
      }
      tally.clear()
      return favourite
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

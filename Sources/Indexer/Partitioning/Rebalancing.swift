/// Moves vertices out of partitions that hold more than their capacity, those first that harm the cut least
/// for each user they take along.
///
/// Where all vertices are single users and the capacities together hold them, no partition is over its
/// capacity afterwards. With heavier vertices it stops when none fits anywhere else.
func rebalance(_ graph: Graph, _ division: inout Division, capacities: [Int]) {
  var tally = Tally(kinds: capacities.count, most: capacities.count)
  for partition in capacities.indices where division.loads[partition] > capacities[partition] {
    var queue = VertexQueue(vertices: graph.count)
    for vertex in 0..<graph.count where division.partitionOf[vertex] == UInt32(partition) {
      let harm = leastHarm(graph, vertex, division, capacities, &tally)
      if let harm { queue.set(vertex, key: harm.key) }
    }
    while division.loads[partition] > capacities[partition],
      let (key, vertex) = queue.popGreatest()
    {
      // Partitions fill up and neighbours leave: what was known when the vertex was queued may be past.
      guard let now = leastHarm(graph, vertex, division, capacities, &tally) else { continue }
      if now.key < key {
        queue.set(vertex, key: now.key)
        continue
      }
      division.loads[partition] -= Int(graph.users[vertex])
      division.loads[now.target] += Int(graph.users[vertex])
      division.partitionOf[vertex] = UInt32(now.target)
    }
  }
}

/// Where a vertex does least harm outside its partition, of the places with room, and how well it would do there.
private func leastHarm(
  _ graph: Graph, _ vertex: Int, _ division: Division, _ capacities: [Int], _ tally: inout Tally
) -> (target: Int, key: Int64)? {
  let users = Int(graph.users[vertex])
  let own = division.partitionOf[vertex]
  for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
    tally.add(graph.weights[place], to: division.partitionOf[Int(graph.neighbours[place])])
  }
  defer { tally.clear() }
  var target: Int?
  for partition in capacities.indices
  where partition != own && division.loads[partition] + users <= capacities[partition] {
    guard let best = target else {
      target = partition
      continue
    }
    let (weight, bestWeight) = (tally[UInt32(partition)], tally[UInt32(best)])
    let room = capacities[partition] - division.loads[partition]
    let bestRoom = capacities[best] - division.loads[best]
    if (weight, room) > (bestWeight, bestRoom) { target = partition }
  }
  guard let target else { return nil }
  let gain = Int64(tally[UInt32(target)]) - Int64(tally[own])
  // For each user; in 256ths, so that small differences still count.
  return (target, gain >= 0 ? gain * Int64(users) << 8 : (gain << 8) / Int64(users))
}

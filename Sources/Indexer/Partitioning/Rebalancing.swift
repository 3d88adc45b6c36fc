/// Moves vertices out of partitions that hold more than their capacity, those first that harm the cut least
/// for each user they take along. Returns them, and by how much the cut has shrunk (mostly less than 0).
///
/// Where all vertices are single users and the capacities together hold them, no partition is over its
/// capacity afterwards. With heavier vertices it stops when none fits anywhere else.
@discardableResult
func rebalance(
  _ graph: Graph, _ division: inout Division, capacities: [Int]
) -> (moved: [UInt32], gained: Int64) {
  var moved: [UInt32] = []
  var gained: Int64 = 0
  guard division.excess(over: capacities) > 0 else { return (moved, gained) }
  var tally = Tally(kinds: capacities.count, most: capacities.count)
  var queue = VertexQueue(vertices: graph.count)
  for partition in capacities.indices where division.loads[partition] > capacities[partition] {
    for vertex in 0..<graph.count where division.partitionOf[vertex] == UInt32(partition) {
      if let harm = leastHarm(graph, vertex, division, capacities, &tally) {
        queue.set(vertex, key: harm.key)
      }
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
      moved.append(UInt32(vertex))
      gained += now.gain
    }
    queue.removeAll()
  }
  return (moved, gained)
}

/// Where a vertex does least harm outside its partition, of the places with room, how much the cut would shrink, and how well
/// it would do there for each user.
private func leastHarm(
  _ graph: Graph, _ vertex: Int, _ division: Division, _ capacities: [Int], _ tally: inout Tally
) -> (target: Int, gain: Int64, key: Int64)? {
  let offsets = graph.offsets.span
  let neighbours = graph.neighbours.span
  let weights = graph.weights.span
  let partitionOf = division.partitionOf.span
  let users = Int(graph.users[vertex])
  let own = partitionOf[vertex]
  for place in offsets[vertex]..<offsets[vertex + 1] {
    tally.add(weights[place], to: partitionOf[Int(neighbours[place])])
  }
  defer { tally.clear() }
  func room(_ partition: Int) -> Int { capacities[partition] - division.loads[partition] }
  var target: Int?
  for index in 0..<tally.count {
    let (partition, weight) = tally.kind(index)
    guard partition != own, room(Int(partition)) >= users else { continue }
    if let target, (tally[UInt32(target)], room(target)) >= (weight, room(Int(partition))) {
      continue
    }
    target = Int(partition)
  }
  if target == nil {
    target = capacities.indices.filter { $0 != Int(own) && room($0) >= users }
      .max { (room($0), $1) < (room($1), $0) }
  }
  guard let target else { return nil }
  let gain = Int64(tally[UInt32(target)]) - Int64(tally[own])
  // For each user; in 256ths, so that small differences still count.
  let (product, isTooMuch) = (gain << 8).multipliedReportingOverflow(by: Int64(users))
  let key = gain < 0 ? (gain << 8) / Int64(users) : isTooMuch ? .max : product
  return (target, gain, key)
}

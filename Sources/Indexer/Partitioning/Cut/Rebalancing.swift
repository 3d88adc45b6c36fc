extension Wishes {
  /// Moves vertices out of partitions that hold more than their capacity, those first that harm the cut least
  /// for each user they take along. Returns by how much the cut has shrunk (mostly less than 0).
  ///
  /// Where all vertices are single users and the capacities together hold them, no partition is over its
  /// capacity afterwards. With heavier vertices it stops when none fits anywhere else. `renew` comes before.
  mutating func relieve(_ graph: Graph, _ division: inout Division, _ shares: Shares) -> Int64 {
    let capacities = shares.capacities
    let overfull = capacities.indices.filter { division.loads[$0] > capacities[$0] }
    guard !overfull.isEmpty else { return 0 }
    var gained: Int64 = 0
    var tally = Tally(kinds: capacities.count)
    let members = members(of: overfull, graph, division, shares.bounds)
    for (partition, members) in zip(overfull, members) {
      for vertex in members { queue.set(Int(vertex), key: mostGain(Int(vertex), graph)) }
      while division.loads[partition] > capacities[partition],
        let (key, vertex) = queue.popGreatest()
      {
        // The place it would like best may be full, and neighbours leave: what it promised may be too much.
        guard let now = leastHarm(graph, vertex, division, shares, &tally) else { continue }
        if now.key < key {
          queue.set(vertex, key: now.key)
          continue
        }
        gained += move(vertex, to: UInt32(now.target), graph, &division)
      }
      queue.removeAll()
    }
    return gained
  }

  /// The vertices with users of some partitions that may leave it.
  private func members(
    of partitions: [Int], _ graph: Graph, _ division: Division, _ bounds: Bounds?
  ) -> [[UInt32]] {
    var places = [Int?](repeating: nil, count: division.loads.count)
    for (place, partition) in partitions.enumerated() { places[partition] = place }
    var members = [[UInt32]](repeating: [], count: partitions.count)
    for vertex in 0..<graph.count {
      guard let place = places[Int(division.partitionOf[vertex])], graph.users[vertex] > 0 else {
        continue
      }
      if let bounds, bounds.only(for: graph.kinds[vertex]) != nil { continue }
      members[place].append(UInt32(vertex))
    }
    return members
  }

  /// How well a vertex would do where it likes it best.
  private func mostGain(_ vertex: Int, _ graph: Graph) -> Int64 {
    key(gain: Int64(gains[vertex]), users: Int(graph.users[vertex]))
  }
}

/// How well a move does for each user; in 2^20ths, so that small differences still count.
private func key(gain: Int64, users: Int) -> Int64 {
  guard gain >= 0 else { return (gain << 20) / Int64(users) }
  let (product, isTooMuch) = (gain << 20).multipliedReportingOverflow(by: Int64(users))
  return isTooMuch ? .max : product
}

/// Where a vertex does least harm outside its partition, of the places with room, and how well it would do there.
private func leastHarm(
  _ graph: Graph, _ vertex: Int, _ division: Division, _ shares: Shares, _ tally: inout Tally
) -> (target: Int, key: Int64)? {
  let neighbours = graph.neighbours
  let weights = graph.weights
  let partitionOf = division.partitionOf.span
  let users = Int(graph.users[vertex])
  let own = partitionOf[vertex]
  for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
    tally.add(weights[place], to: partitionOf[Int(neighbours[place])])
  }
  defer { tally.clear() }
  func room(_ partition: Int) -> Int { shares.capacities[partition] - division.loads[partition] }
  func isOpen(_ partition: Int) -> Bool {
    partition != Int(own) && room(partition) >= users
      && shares.bounds?.permit(graph.kinds[vertex], in: UInt32(partition)) ?? true
  }
  var target: Int?
  var most: UInt32 = 0
  for index in 0..<tally.count {
    let (partition, weight) = tally.kind(index)
    guard isOpen(Int(partition)) else { continue }
    if let target, (most, room(target)) >= (weight, room(Int(partition))) { continue }
    (target, most) = (Int(partition), weight)
  }
  if target == nil {
    target = shares.capacities.indices.filter(isOpen).max { (room($0), $1) < (room($1), $0) }
  }
  guard let target else { return nil }
  return (target, key(gain: Int64(most) - Int64(tally[own]), users: users))
}

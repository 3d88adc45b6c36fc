extension Limits {
  /// The most users that may be put on each node: its limit by weight, and what its partitions hold.
  ///
  /// Where a partitions file has settled whose the partitions are, and these do not hold what is due to their node, other
  /// nodes get more than is due to them: the number of partitions and their size count for more than weights.
  func nodeCapacities(ofUsers users: Int) -> [Int] {
    let rooms = dealt(users: users).map { $0 * partitionSize }
    let limits = nodeLimits(of: users)
    let capacities = zip(limits, rooms).map { min($0, $1) }
    guard !pool.primaries.isEmpty, capacities.reduce(0, +) < users else { return capacities }
    return filled(users, rooms: rooms)
  }

  /// The most load on each node that has a partition, whatever number of users that may be.
  func nodeCapacities(ofLoad load: Int) -> [Int] {
    guard pool.primaries.count == partitions else { return nodeLimits(of: load) }
    return filled(load, rooms: pool.settled.map { $0 == 0 ? 0 : load })
  }

  /// How many partitions each node gets, when it has so many users: the settled ones, what these users need, and of what is
  /// left over always one where partitions are fullest.
  ///
  /// If all partitions together do not hold each node's users, there are more of them, unless somebody has said how many there
  /// are: then they go where most users have no place yet.
  func partitions(forUsersOfNodes users: [Int]) -> [Int] {
    let settled = pool.settled
    let needed = zip(settled, users).map {
      max($0, Limits.quotientRoundedUp($1, partitionSize))
    }
    let isTooMany = needed.reduce(0, +) > partitions
    if isTooMany && !isAskedFor { return needed }
    var given = isTooMany ? settled : needed
    // Whoever has users keeps some: they may be few because their load is great.
    let kept = zip(settled, users).map { max($0, $1 > 0 ? 1 : 0) }
    if isTooMany && kept.reduce(0, +) <= partitions { given = kept }
    for _ in given.reduce(0, +)..<max(partitions, given.reduce(0, +)) {
      let next = given.indices.max { a, b in
        isTooMany
          ? users[a] - given[a] * partitionSize < users[b] - given[b] * partitionSize
          : users[a] * given[b] < users[b] * given[a] || given[a] > 0 && given[b] == 0
      }
      if let next { given[next] += 1 }
    }
    return given
  }

  /// How the partitions could be dealt out: so that they hold each node's share, or else so that the nodes together hold most
  /// within their limits.
  private func dealt(users: Int) -> [Int] {
    let needed = Limits.partitionsForShares(of: users, pool, partitionSize)
    var dealt = needed.reduce(0, +) <= partitions ? needed : pool.settled
    let limits = nodeLimits(of: users)
    func left(_ node: Int) -> Int { limits[node] - dealt[node] * partitionSize }
    func gain(_ node: Int) -> Int { max(0, min(partitionSize, left(node))) }
    for _ in dealt.reduce(0, +)..<max(partitions, dealt.reduce(0, +)) {
      let next = dealt.indices.max { (gain($0), left($0)) < (gain($1), left($1)) }
      if let next { dealt[next] += 1 }
    }
    return dealt
  }

  /// Limits by weight among the nodes with room, where a node that has not room for its share leaves the rest to the others.
  private func filled(_ total: Int, rooms: [Int]) -> [Int] {
    var capacities = rooms
    var open = rooms.indices.filter { rooms[$0] > 0 }
    var left = total
    while !open.isEmpty {
      let weight = open.reduce(0) { $0 + pool.nodes[$1].weight }
      let full = open.filter { rooms[$0] * weight < left * pool.nodes[$0].weight }
      if full.isEmpty {
        for node in open {
          capacities[node] = min(
            rooms[node], stretched(left, weight: pool.nodes[node].weight, among: weight))
        }
        break
      }
      left -= full.reduce(0) { $0 + rooms[$1] }
      open.removeAll { full.contains($0) }
    }
    return capacities
  }
}

extension Limits {
  /// Throws if a partition may be larger than what the smallest node may hold.
  public func requirePartitionsFitNodes(users: Int) throws(ImpossibleLimits) {
    let limits = nodeLimits(of: users)
    guard let smallest = limits.indices.min(by: { limits[$0] < limits[$1] }),
      limits[smallest] < partitionSize
    else { return }
    throw .partitionAboveNode(
      node: pool.nodes[smallest].name, capacity: limits[smallest], users: users,
      partitionSize: partitionSize,
      leastPartitions: with(partitions: partitions, partitionSize: limits[smallest])
        .leastPartitionsForShares(users: users))
  }

  /// Why the nodes cannot hold all users within their limits, and what would help.
  func impossible(users: Int) -> ImpossibleLimits {
    // The least size that works lies in (low, high].
    var (low, high) = (partitionSize, nodeLimits(of: users).min() ?? 0)
    func works(_ size: Int) -> Bool {
      with(partitions: partitions, partitionSize: size).nodeCapacities(ofUsers: users)
        .reduce(0, +) >= users
    }
    let isPossible = low < high && works(high)
    while isPossible, high - low > 1 {
      let middle = low + (high - low) / 2
      if works(middle) { high = middle } else { low = middle }
    }
    return .sharesNotHeld(
      nodes: pool.nodes.count, users: users, partitions: partitions, partitionSize: partitionSize,
      leastPartitions: leastPartitionsForShares(users: users),
      leastPartitionSize: isPossible ? high : nil)
  }

  /// The fewest partitions of `partitionSize` with which no node must have more than its limit.
  private func leastPartitionsForShares(users: Int) -> Int {
    var gains = nodeLimits(of: users).map { (whole: $0 / partitionSize, rest: $0 % partitionSize) }
    gains.sort { $0.rest > $1.rest }
    let whole = gains.reduce(0) { $0 + $1.whole }
    if whole * partitionSize >= users {
      return Limits.leastPartitions(users: users, partitionSize: partitionSize)
    }
    var held = whole * partitionSize
    var count = whole
    for gain in gains where held < users {
      held += gain.rest
      count += 1
    }
    return count
  }

  private func with(partitions: Int, partitionSize: Int) -> Limits {
    Limits(
      pool: pool, partitions: partitions, isAskedFor: isAskedFor, partitionSize: partitionSize,
      imbalance: imbalance)
  }
}

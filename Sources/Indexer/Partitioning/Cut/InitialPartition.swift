/// The best of several initial partitions, more of them the smaller the graph is.
func bestInitialPartition(_ graph: Graph, _ shares: Shares, _ tools: inout Tools) -> [UInt32] {
  let effort = tools.effort
  let tries = min(effort.initialPartitions, effort.initialVertices / max(1, graph.count))
  return bestDivision(of: graph, shares, tries: max(1, tries)) {
    var division = Division(
      graph, partitionOf: initialPartition(graph, shares, tools: &tools.quiet),
      partitions: shares.count)
    refine(graph, &division, shares, tools: &tools)
    return division.partitionOf
  }
}

/// Cuts a small graph into one partition for each share, by cutting it in two again and again.
///
/// With vertices of many users the capacities cannot always be kept yet; refinement on finer levels makes up for that.
private func initialPartition(
  _ graph: consuming Graph, _ shares: Shares, tools: inout Tools
) -> [UInt32] {
  guard shares.count > 1 else { return [UInt32](repeating: 0, count: graph.count) }
  let half = (shares.count + 1) / 2
  let graph = graph
  let sideOf = cutInTwo(graph, shares, half: half, tools: &tools)
  var partitionOf = [UInt32](repeating: 0, count: graph.count)
  for (side, range) in [0..<half, half..<shares.count].enumerated() {
    let members = sideOf.indices.filter { sideOf[$0] == UInt32(side) }
    let inner = initialPartition(
      graph.induced(by: members),
      Shares(Array(shares.capacities[range]), bounds: shares.bounds?.within(range)), tools: &tools)
    for (index, vertex) in members.enumerated() {
      partitionOf[vertex] = UInt32(range.lowerBound) + inner[index]
    }
  }
  return partitionOf
}

/// The side, 0 or 1, of each vertex, so that what stands on either can be cut on into the first `half` shares and the others.
private func cutInTwo(
  _ graph: Graph, _ shares: Shares, half: Int, tools: inout Tools
) -> [UInt32] {
  let users = graph.totalUsers
  let room = [shares.capacities[..<half], shares.capacities[half...]].map { $0.reduce(0, +) }
  // What is left of the headroom is spread over the cuts still to come; the last one may use all of it.
  var cutsToCome = 0
  while 1 << cutsToCome < shares.count { cutsToCome += 1 }
  let headroom = max(0, room[0] + room[1] - users)
  let used = Double(users) + Double(headroom) / Double(cutsToCome)
  let limits = room.map { side in
    min(side, Int((used * Double(side) / Double(max(1, room[0] + room[1]))).rounded(.up)))
  }
  return uncoarsen(
    coarsen(graph, partitions: 2, tools: &tools),
    Shares(limits, bounds: shares.bounds?.ofSides(half: half)), tools: &tools, initial: bestGrown)
}

/// The best of several greedy growings, each refined.
private func bestGrown(_ graph: Graph, _ shares: Shares, _ tools: inout Tools) -> [UInt32] {
  bestDivision(of: graph, shares, tries: min(graph.count, tools.effort.growings)) {
    var division = Division(
      graph, partitionOf: grown(graph, shares, generator: &tools.generator), partitions: 2)
    if tools.effort.growingsAreRefined {
      refine(graph, &division, shares, tools: &tools)
    } else {
      searchBoundary(graph, &division, shares, tools: &tools)
    }
    return division.partitionOf
  }
}

/// Of several divisions the one least over its capacities, then with the least cut, then the first.
private func bestDivision(
  of graph: Graph, _ shares: Shares, tries: Int, _ divide: () -> [UInt32]
) -> [UInt32] {
  var best: (excess: Int, cut: UInt64, partitionOf: [UInt32])?
  for _ in 0..<tries {
    let partitionOf = divide()
    let excess = Division(graph, partitionOf: partitionOf, partitions: shares.count)
      .excess(over: shares.capacities)
    let cut = cutWeight(graph, partitionOf)
    if let best, (best.excess, best.cut) <= (excess, cut) { continue }
    best = (excess, cut, partitionOf)
    if excess == 0 && cut == 0 { break }
  }
  return best?.partitionOf ?? []
}

/// Grows side 0 from a random vertex (or from those that must be there), always by the vertex that adds least to the cut, to its
/// share of the users.
private func grown(_ graph: Graph, _ shares: Shares, generator: inout Generator) -> [UInt32] {
  let room = max(1, shares.capacities[0] + shares.capacities[1])
  let share = Double(graph.totalUsers) * Double(shares.capacities[0]) / Double(room)
  var order = (0..<graph.count).map { $0 }
  generator.shuffle(&order)
  var queue = VertexQueue(vertices: graph.count)
  var sideOf = [UInt32](repeating: 1, count: graph.count)
  var load = 0
  func take(_ vertex: Int) {
    sideOf[vertex] = 0
    load += Int(graph.users[vertex])
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      let neighbour = Int(graph.neighbours[place])
      guard sideOf[neighbour] == 1 else { continue }
      let key =
        queue.contains(neighbour)
        ? queue.key(of: neighbour)
        : -graph.weights[graph.offsets[neighbour]..<graph.offsets[neighbour + 1]]
          .reduce(Int64(0)) { $0 + Int64($1) }
      queue.set(neighbour, key: key + 2 * Int64(graph.weights[place]))
    }
  }
  if let bounds = shares.bounds {
    order.removeAll { bounds.only(for: graph.kinds[$0]) == 1 }
    for vertex in order where bounds.only(for: graph.kinds[vertex]) == 0 { take(vertex) }
  }
  while let vertex = queue.popGreatest()?.vertex ?? order.popLast() {
    guard sideOf[vertex] == 1, Double(load) + Double(graph.users[vertex]) / 2 <= share else {
      continue
    }
    if let bounds = shares.bounds, bounds.only(for: graph.kinds[vertex]) == 1 { continue }
    take(vertex)
  }
  return sideOf
}

extension Graph {
  /// The graph of some vertices and the ties among them; vertex `i` of it is `members[i]`, which must ascend.
  func induced(by members: [Int]) -> Graph {
    let none = UInt32.max
    var numbers = [UInt32](repeating: none, count: count)
    for (number, vertex) in members.enumerated() { numbers[vertex] = UInt32(number) }
    var offsets = [0]
    let most = members.reduce(0) { $0 + degree($1) }
    var rows = RowsBuilder(most: most, storage)
    for vertex in members {
      for place in self.offsets[vertex]..<self.offsets[vertex + 1] {
        let number = numbers[Int(self.neighbours[place])]
        guard number != none else { continue }
        rows.append(number, weights[place])
      }
      offsets.append(rows.count)
    }
    let graph = Graph(
      offsets: offsets, rows.finish(), users: members.map { users[$0] },
      kinds: kinds.isEmpty ? [] : members.map { kinds[$0] }, storage: storage)
    return isAbsent.isEmpty ? graph : graph.without(members.map { isAbsent[$0] })
  }
}

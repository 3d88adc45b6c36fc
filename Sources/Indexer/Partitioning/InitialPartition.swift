/// The best of several initial partitions, more of them the smaller the graph is.
func bestInitialPartition(
  _ graph: Graph, capacities: [Int], generator: inout Generator
) -> [UInt32] {
  let tries = min(Effort.initialPartitions, Effort.initialVertices / max(1, graph.count))
  return bestDivision(of: graph, capacities: capacities, tries: max(1, tries)) {
    var division = Division(
      graph,
      partitionOf: initialPartition(graph, capacities: capacities, generator: &generator),
      partitions: capacities.count)
    refine(graph, &division, capacities: capacities, generator: &generator)
    return division.partitionOf
  }
}

/// Cuts a small graph into one partition for each of `capacities`, by cutting it in two again and again.
///
/// A capacity is the most users a partition may hold. With vertices of many users they cannot always be kept yet;
/// refinement on finer levels makes up for that.
private func initialPartition(
  _ graph: consuming Graph, capacities: [Int], generator: inout Generator
) -> [UInt32] {
  guard capacities.count > 1 else { return [UInt32](repeating: 0, count: graph.count) }
  let half = (capacities.count + 1) / 2
  let graph = graph
  let sideOf = cutInTwo(
    graph, first: Array(capacities[..<half]), second: Array(capacities[half...]),
    generator: &generator)
  var partitionOf = [UInt32](repeating: 0, count: graph.count)
  for (side, range) in [0..<half, half..<capacities.count].enumerated() {
    let members = sideOf.indices.filter { sideOf[$0] == UInt32(side) }
    let inner = initialPartition(
      graph.induced(by: members), capacities: Array(capacities[range]), generator: &generator)
    for (index, vertex) in members.enumerated() {
      partitionOf[vertex] = UInt32(range.lowerBound) + inner[index]
    }
  }
  return partitionOf
}

/// The side, 0 or 1, of each vertex, so that what stands on either can be cut on into the given capacities.
private func cutInTwo(
  _ graph: Graph, first: [Int], second: [Int], generator: inout Generator
) -> [UInt32] {
  let users = graph.totalUsers
  let room = [first.reduce(0, +), second.reduce(0, +)]
  // What is left of the headroom is spread over the cuts still to come; the last one may use all of it.
  var cutsToCome = 0
  while 1 << cutsToCome < first.count + second.count { cutsToCome += 1 }
  let headroom = max(0, room[0] + room[1] - users)
  let used = Double(users) + Double(headroom) / Double(cutsToCome)
  let limits = room.map { side in
    min(side, Int((used * Double(side) / Double(max(1, room[0] + room[1]))).rounded(.up)))
  }
  return uncoarsen(
    coarsen(graph, partitions: 2, generator: &generator) { _ in }, capacities: limits,
    generator: &generator, progress: { _ in }, initial: bestGrown)
}

/// The best of several greedy growings, each refined.
private func bestGrown(
  _ graph: Graph, capacities: [Int], generator: inout Generator
) -> [UInt32] {
  bestDivision(of: graph, capacities: capacities, tries: min(graph.count, Effort.growings)) {
    var division = Division(
      graph, partitionOf: grown(graph, capacities: capacities, generator: &generator),
      partitions: 2)
    refine(graph, &division, capacities: capacities, generator: &generator)
    return division.partitionOf
  }
}

/// Of several divisions the one least over its capacities, then with the least cut, then the first.
private func bestDivision(
  of graph: Graph, capacities: [Int], tries: Int, _ divide: () -> [UInt32]
) -> [UInt32] {
  var best: (excess: Int, cut: UInt64, partitionOf: [UInt32])?
  for _ in 0..<tries {
    let partitionOf = divide()
    let excess = Division(graph, partitionOf: partitionOf, partitions: capacities.count)
      .excess(over: capacities)
    let cut = cutWeight(graph, partitionOf)
    if let best, (best.excess, best.cut) <= (excess, cut) { continue }
    best = (excess, cut, partitionOf)
    if excess == 0 && cut == 0 { break }
  }
  return best?.partitionOf ?? []
}

/// Grows side 0 from a random vertex, always by the vertex that adds least to the cut, to its share of the users.
private func grown(_ graph: Graph, capacities: [Int], generator: inout Generator) -> [UInt32] {
  let room = max(1, capacities[0] + capacities[1])
  let share = Double(graph.totalUsers) * Double(capacities[0]) / Double(room)
  var order = (0..<graph.count).map { $0 }
  generator.shuffle(&order)
  var queue = VertexQueue(vertices: graph.count)
  var sideOf = [UInt32](repeating: 1, count: graph.count)
  var load = 0
  while let vertex = queue.popGreatest()?.vertex ?? order.popLast() {
    let users = Int(graph.users[vertex])
    guard sideOf[vertex] == 1, Double(load) + Double(users) / 2 <= share else { continue }
    sideOf[vertex] = 0
    load += users
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
  return sideOf
}

extension Graph {
  /// The graph of some vertices and the ties among them; vertex `i` of it is `members[i]`, which must ascend.
  func induced(by members: [Int]) -> Graph {
    let none = UInt32.max
    var numbers = [UInt32](repeating: none, count: count)
    for (number, vertex) in members.enumerated() { numbers[vertex] = UInt32(number) }
    var offsets = [0]
    var neighbours: [UInt32] = []
    var weights: [UInt32] = []
    for vertex in members {
      for place in self.offsets[vertex]..<self.offsets[vertex + 1] {
        let number = numbers[Int(self.neighbours[place])]
        guard number != none else { continue }
        neighbours.append(number)
        weights.append(self.weights[place])
      }
      offsets.append(neighbours.count)
    }
    return Graph(
      offsets: offsets, neighbours: neighbours, weights: weights, users: members.map { users[$0] })
  }
}

/// Local search along the boundary between partitions (Fiduccia, Mattheyses 1982; in many small searches as
/// Sanders, Schulz 2011).
///
/// A search starts from a few boundary vertices and goes on to the neighbours of what it moved. It takes the best move
/// even if that makes the cut worse, gives up after a number of moves without a new best, and goes back to the best
/// it saw: that climbs out of hollows in which label propagation stays. Each vertex moves at most once a round.
func searchBoundary(
  _ graph: Graph, _ division: inout Division, _ shares: Shares, tools: inout Tools
) {
  var search = BoundarySearch(graph, division, shares, effort: tools.effort)
  var cut = Int64(cutWeight(graph, division.partitionOf))
  for _ in 0..<tools.effort.searchRounds {
    let gained = search.round(graph, generator: &tools.generator)
    cut -= gained
    if gained * tools.effort.searchStopsBelow <= cut { break }
  }
  division.partitionOf = search.partitionOf
  division.loads = search.loads
}

private struct BoundarySearch {
  var partitionOf: [UInt32]
  var loads: [Int]
  let capacities: [Int]
  private let bounds: Bounds?
  private let effort: Effort
  /// Users by which one partition may be over its capacity for a while: without, full partitions could never
  /// swap users. 0 where there is headroom: then it only leads astray.
  private let overdraft: Int
  /// Users over capacity, all partitions together.
  private var excess: Int
  /// `ties[v * partitions + p]`: weight of the ties from vertex `v` into partition `p`.
  private var ties: [UInt32]
  private var queue: VertexQueue
  /// Vertices that were moved in this round, whether or not they were put back.
  private var moved: [Bool]
  private var log: [(vertex: Int, from: Int)] = []

  init(_ graph: Graph, _ division: Division, _ shares: Shares, effort: Effort) {
    partitionOf = division.partitionOf
    loads = division.loads
    capacities = shares.capacities
    bounds = shares.bounds
    self.effort = effort
    let headroom = capacities.reduce(0, +) - division.loads.reduce(0, +)
    let tight = Double(headroom) < effort.headroom / 2 * Double(division.loads.reduce(0, +))
    overdraft = tight ? Int(graph.users.max() ?? 0) : 0
    excess = division.excess(over: capacities)
    queue = VertexQueue(vertices: graph.count)
    moved = [Bool](repeating: false, count: graph.count)
    ties = [UInt32](repeating: 0, count: graph.count * capacities.count)
    for vertex in 0..<graph.count {
      for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
        let partition = Int(partitionOf[Int(graph.neighbours[place])])
        ties[vertex * capacities.count + partition] += graph.weights[place]
      }
    }
  }

  /// One round of searches over the whole boundary. Returns by how much the cut shrank.
  mutating func round(_ graph: Graph, generator: inout Generator) -> Int64 {
    var boundary = (0..<graph.count).filter { vertex in
      let own = Int(partitionOf[vertex])
      return graph.neighbours[graph.offsets[vertex]..<graph.offsets[vertex + 1]]
        .contains { partitionOf[Int($0)] != UInt32(own) }
    }
    generator.shuffle(&boundary)
    for vertex in 0..<graph.count { moved[vertex] = false }
    var gained: Int64 = 0
    while !boundary.isEmpty {
      var seeds = 0
      while seeds < effort.searchSeeds, let vertex = boundary.popLast() {
        guard !moved[vertex], let move = bestMove(graph, vertex) else { continue }
        queue.set(vertex, key: move.gain)
        seeds += 1
      }
      gained += search(graph)
    }
    return gained
  }

  /// One search from the queued vertices. Returns by how much the cut shrank.
  private mutating func search(_ graph: Graph) -> Int64 {
    log.removeAll(keepingCapacity: true)
    var gained: Int64 = 0
    var best: (gained: Int64, excess: Int, moves: Int) = (0, excess, 0)
    while log.count - best.moves < effort.searchPatience, let (key, vertex) = queue.popGreatest() {
      // Keys only ever rise when ties change, so what is taken out may have promised too much.
      guard let move = bestMove(graph, vertex) else { continue }
      if move.gain < key {
        queue.set(vertex, key: move.gain)
        continue
      }
      log.append((vertex, Int(partitionOf[vertex])))
      moved[vertex] = true
      gained += move.gain
      self.move(graph, vertex, to: move.target)
      if (-excess, gained) > (-best.excess, best.gained) { best = (gained, excess, log.count) }
      queueNeighbours(graph, of: vertex, from: log[log.count - 1].from, to: move.target)
    }
    queue.removeAll()
    while log.count > best.moves, let (vertex, from) = log.popLast() {
      move(graph, vertex, to: from)
    }
    return best.gained
  }

  /// The best partition with room for a vertex, and by how much the cut would shrink.
  private func bestMove(_ graph: Graph, _ vertex: Int) -> (target: Int, gain: Int64)? {
    let own = Int(partitionOf[vertex])
    let users = Int(graph.users[vertex])
    let row = vertex * capacities.count
    guard loads[own] > users else { return nil }
    var best: (target: Int, ties: UInt32)?
    for partition in capacities.indices
    where partition != own && loads[partition] + users <= capacities[partition] + overdraft {
      if let bounds, !bounds.permit(graph.kinds[vertex], in: UInt32(partition)) { continue }
      let weight = ties[row + partition]
      if let best, (best.ties, -loads[best.target]) >= (weight, -loads[partition]) { continue }
      best = (partition, weight)
    }
    return best.map { ($0.target, Int64($0.ties) - Int64(ties[row + own])) }
  }

  private func over(_ partition: Int) -> Int { max(0, loads[partition] - capacities[partition]) }

  private mutating func move(_ graph: Graph, _ vertex: Int, to target: Int) {
    let from = Int(partitionOf[vertex])
    partitionOf[vertex] = UInt32(target)
    excess -= over(from) + over(target)
    loads[from] -= Int(graph.users[vertex])
    loads[target] += Int(graph.users[vertex])
    excess += over(from) + over(target)
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      let row = Int(graph.neighbours[place]) * capacities.count
      ties[row + from] -= graph.weights[place]
      ties[row + target] += graph.weights[place]
    }
  }

  /// Lets the search go on to the neighbours of a vertex that has moved.
  private mutating func queueNeighbours(_ graph: Graph, of vertex: Int, from: Int, to target: Int) {
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      let neighbour = Int(graph.neighbours[place])
      guard !moved[neighbour], partitionOf[neighbour] != UInt32(target) else { continue }
      guard let gain = bestMove(graph, neighbour)?.gain else { continue }
      queue.set(neighbour, key: gain)
    }
  }
}

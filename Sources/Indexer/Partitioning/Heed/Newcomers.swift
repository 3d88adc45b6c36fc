/// Gives a place to each vertex that has none: where most of its ties to those with places lead, with no regard to room.
///
/// Who has no such ties waits until a neighbour has a place; networks of which nobody has one begin where there is most room.
func placeNewcomers(_ graph: Graph, _ placeOf: inout [UInt32], _ shares: Shares) {
  var loads = [Int](repeating: 0, count: shares.count)
  for vertex in 0..<graph.count where placeOf[vertex] != Homes.none {
    loads[Int(placeOf[vertex])] += Int(graph.users[vertex])
  }
  var waiting = (0..<graph.count).filter { placeOf[$0] == Homes.none }
  var isQueued = [Bool](repeating: false, count: graph.count)
  // A queue: those next to somebody with a place, and those next to them.
  var queue: [Int] = []
  var next = 0
  func hasPlacedNeighbour(_ vertex: Int) -> Bool {
    (graph.offsets[vertex]..<graph.offsets[vertex + 1]).contains {
      placeOf[Int(graph.neighbours[$0])] != Homes.none
    }
  }
  for vertex in waiting where hasPlacedNeighbour(vertex) {
    isQueued[vertex] = true
    queue.append(vertex)
  }
  waiting.reverse()
  var tally = Tally(kinds: shares.count)
  while true {
    if next == queue.count {
      guard let vertex = waiting.popLast() else { return }
      if isQueued[vertex] { continue }
      isQueued[vertex] = true
      queue.append(vertex)
    }
    let vertex = queue[next]
    next += 1
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      let neighbour = Int(graph.neighbours[place])
      if placeOf[neighbour] != Homes.none {
        tally.add(graph.weights[place], to: placeOf[neighbour])
      } else if !isQueued[neighbour] {
        isQueued[neighbour] = true
        queue.append(neighbour)
      }
    }
    let target = bestPlace(vertex, graph, shares, loads, tally)
    tally.clear()
    placeOf[vertex] = UInt32(target)
    loads[target] += Int(graph.users[vertex])
  }
}

private func bestPlace(
  _ vertex: Int, _ graph: Graph, _ shares: Shares, _ loads: [Int], _ tally: borrowing Tally
) -> Int {
  var best: Int?
  var most: UInt32 = 0
  for index in 0..<tally.count {
    let (place, weight) = tally.kind(index)
    guard weight >= most, shares.permit(vertex, of: graph, in: Int(place)) else { continue }
    if weight == most, let best, loads[best] <= loads[Int(place)] { continue }
    (best, most) = (Int(place), weight)
  }
  if let best { return best }
  let permitted = shares.capacities.indices.filter { shares.permit(vertex, of: graph, in: $0) }
  return permitted.max {
    (shares.capacities[$0] - loads[$0], $1) < (shares.capacities[$1] - loads[$1], $0)
  } ?? 0
}

extension Shares {
  /// Whether a vertex may be in a place.
  func permit(_ vertex: Int, of graph: Graph, in place: Int) -> Bool {
    bounds?.permit(graph.kinds[vertex], in: UInt32(place)) ?? true
  }
}

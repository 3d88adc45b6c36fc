/// Puts users back to where they were, those first who gain least from having moved, until no more than permitted have moved.
///
/// Limits come first: who has no room where he was stays away, and a place keeps the least that it is to hold.
func putBack(
  _ graph: Graph, _ division: inout Division, _ shares: Shares, _ homes: Homes, least: [Int]
) {
  var moved = homes.moved(in: division.partitionOf)
  guard moved > homes.mostMoved else { return }
  var queue = VertexQueue(vertices: graph.count)
  var tally = Tally(kinds: shares.count)
  // Who waits for room in a place.
  var waiting = [[Int]](repeating: [], count: shares.count)
  for vertex in 0..<graph.count where homes.hasMoved(vertex, in: division.partitionOf[vertex]) {
    queue.set(vertex, key: regret(vertex, graph, division, homes, &tally))
  }
  while moved > homes.mostMoved, let (key, vertex) = queue.popGreatest() {
    let now = regret(vertex, graph, division, homes, &tally)
    if now < key {
      queue.set(vertex, key: now)
      continue
    }
    let users = Int(graph.users[vertex])
    let here = Int(division.partitionOf[vertex])
    let home = Int(homes.placeOf[vertex])
    guard shares.permit(vertex, of: graph, in: home) else { continue }
    guard division.loads[home] + users <= shares.capacities[home] else {
      // Two that stand in each other's way go home together.
      if let place = waiting[here].firstIndex(where: {
        Int(division.partitionOf[$0]) == home && graph.users[$0] == graph.users[vertex]
      }) {
        let other = waiting[here].remove(at: place)
        division.partitionOf[other] = UInt32(here)
        division.partitionOf[vertex] = UInt32(home)
        moved -= Int(homes.users[vertex]) + Int(homes.users[other])
      } else {
        waiting[home].append(vertex)
      }
      continue
    }
    guard division.loads[here] - users >= (least.isEmpty ? 0 : least[here]) else { continue }
    division.partitionOf[vertex] = UInt32(home)
    division.loads[here] -= users
    division.loads[home] += users
    moved -= Int(homes.users[vertex])
    // Those who came along may have less reason to stay now, and somebody may have been waiting for the room.
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      let neighbour = Int(graph.neighbours[place])
      guard queue.contains(neighbour) else { continue }
      queue.set(neighbour, key: regret(neighbour, graph, division, homes, &tally))
    }
    for other in waiting[here] {
      queue.set(other, key: regret(other, graph, division, homes, &tally))
    }
    waiting[here].removeAll()
  }
}

/// What going home would gain, for each user who goes; in 256ths, so that small differences still count.
private func regret(
  _ vertex: Int, _ graph: Graph, _ division: Division, _ homes: Homes, _ tally: inout Tally
) -> Int64 {
  for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
    tally.add(graph.weights[place], to: division.partitionOf[Int(graph.neighbours[place])])
  }
  defer { tally.clear() }
  let gain =
    Int64(tally[homes.placeOf[vertex]]) - Int64(tally[division.partitionOf[vertex]])
  return (gain << 8) / Int64(max(1, homes.users[vertex]))
}

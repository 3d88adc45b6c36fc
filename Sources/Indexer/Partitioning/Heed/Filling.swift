extension Heeded {
  /// Brings places that hold less than they are to hold up to it, with those whom it harms least.
  ///
  /// Users who are to be apart stay, and no place gives what it must hold itself.
  func fill(_ division: inout Division, least: [Int], apart: [[UInt32]]) {
    let lacking = least.indices.filter { division.loads[$0] < least[$0] }
    guard !lacking.isEmpty else { return }
    var stays = [Bool](repeating: false, count: graph.count)
    for user in apart.joined() { stays[Int(vertexOf[Int(user)])] = true }
    var queue = VertexQueue(vertices: graph.count)
    for target in lacking {
      for vertex in 0..<graph.count - anchors
      where !stays[vertex] && Int(division.partitionOf[vertex]) != target
        && shares.permit(vertex, of: graph, in: target)
      {
        queue.set(vertex, key: gain(vertex, target, division))
      }
      while division.loads[target] < least[target], let (key, vertex) = queue.popGreatest() {
        let now = gain(vertex, target, division)
        if now < key {
          queue.set(vertex, key: now)
          continue
        }
        let users = Int(graph.users[vertex])
        let here = Int(division.partitionOf[vertex])
        guard division.loads[here] - users >= least[here],
          division.loads[target] + users <= shares.capacities[target]
        else { continue }
        division.partitionOf[vertex] = UInt32(target)
        division.loads[here] -= users
        division.loads[target] += users
        for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
          let neighbour = Int(graph.neighbours[place])
          guard queue.contains(neighbour) else { continue }
          queue.set(neighbour, key: gain(neighbour, target, division))
        }
      }
      queue.removeAll()
    }
  }

  /// By how much the cut would shrink for each user, in 256ths.
  private func gain(_ vertex: Int, _ target: Int, _ division: Division) -> Int64 {
    var gain: Int64 = 0
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      let there = Int(division.partitionOf[Int(graph.neighbours[place])])
      if there == target { gain += Int64(graph.weights[place]) }
      if there == Int(division.partitionOf[vertex]) { gain -= Int64(graph.weights[place]) }
    }
    return (gain << 8) / Int64(max(1, graph.users[vertex]))
  }
}

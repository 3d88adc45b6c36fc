extension Heeded {
  /// Brings users who are to be apart to different places, so that the cut grows as little as may be, and betters the rest around
  /// them.
  func separate(_ division: inout Division, _ apart: [[UInt32]], tools: inout Tools) {
    let sets = apart.map { $0.map { Int(vertexOf[Int($0)]) } }
    var setsOf: [Int: [Int]] = [:]
    for (set, members) in sets.enumerated() {
      for vertex in members { setsOf[vertex, default: []].append(set) }
    }
    for members in sets { seat(members, &division, sets, setsOf) }
    var places = [UInt32?](repeating: nil, count: graph.count)
    for members in sets {
      for vertex in members { places[vertex] = division.partitionOf[vertex] }
    }
    refine(holding: places, &division, tools: &tools)
  }

  /// Seats the members of one set, those first who would lose most elsewhere; who finds his places taken asks the others to
  /// move on (augmenting paths).
  private func seat(
    _ members: [Int], _ division: inout Division, _ sets: [[Int]], _ setsOf: [Int: [Int]]
  ) {
    let wanted = members.map { preferences($0, division, members, sets, setsOf) }
    let order = members.indices.sorted {
      (wanted[$1].stake, $0) < (wanted[$0].stake, $1)
    }
    var sitting = [Int?](repeating: nil, count: shares.count)
    func place(_ member: Int, _ seen: inout [Bool]) -> Bool {
      for target in wanted[member].places where !seen[target] {
        seen[target] = true
        if let other = sitting[target], !place(other, &seen) { continue }
        sitting[target] = member
        return true
      }
      return false
    }
    for member in order {
      var seen = [Bool](repeating: false, count: shares.count)
      _ = place(member, &seen)
    }
    for (target, member) in sitting.enumerated() {
      guard let member else { continue }
      let vertex = members[member]
      division.loads[Int(division.partitionOf[vertex])] -= Int(graph.users[vertex])
      division.loads[target] += Int(graph.users[vertex])
      division.partitionOf[vertex] = UInt32(target)
    }
  }

  /// The places where a vertex may be, the best first, those last where members of its other sets are; and what it would lose in
  /// the second best.
  private func preferences(
    _ vertex: Int, _ division: Division, _ members: [Int], _ sets: [[Int]], _ setsOf: [Int: [Int]]
  ) -> (places: [Int], stake: UInt64) {
    var ties = [UInt64](repeating: 0, count: shares.count)
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      ties[Int(division.partitionOf[Int(graph.neighbours[place])])] += UInt64(graph.weights[place])
    }
    var isTaken = [Bool](repeating: false, count: shares.count)
    for set in setsOf[vertex] ?? [] where sets[set] != members {
      for other in sets[set] where other != vertex {
        isTaken[Int(division.partitionOf[other])] = true
      }
    }
    let here = Int(division.partitionOf[vertex])
    func isBetter(_ one: Int, _ other: Int) -> Bool {
      if isTaken[one] != isTaken[other] { return !isTaken[one] }
      if ties[one] != ties[other] { return ties[one] > ties[other] }
      if (one == here) != (other == here) { return one == here }
      return (division.loads[one], one) < (division.loads[other], other)
    }
    let places = shares.capacities.indices
      .filter { shares.permit(vertex, of: graph, in: $0) }.sorted(by: isBetter)
    let stake = places.count > 1 ? max(ties[places[0]], ties[places[1]]) - ties[places[1]] : .max
    return (places, stake)
  }
}

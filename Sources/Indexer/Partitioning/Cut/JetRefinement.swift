/// Betters a division as Jet does (Gilbert, Madduri, Boman, Rajamanickam 2024, "Jet: Multilevel Graph Partitioning on Graphics
/// Processing Units").
///
/// In each round every vertex that would rather be elsewhere says where, with no regard to room and even at some loss; of
/// those only the ones move that would not make the cut worse when all that gain more than they move too. What is overfull
/// then gives away what it misses least, and the best division that keeps the capacities is kept. A vertex that has moved
/// stays for a round. All of a round is decided before any of it is done, so neither the order of the vertices nor the number
/// of threads makes a difference.
///
/// - Parameter tolerance: how much of the weight of its ties within its partition a vertex may lose, in quarters.
func refineByJet(
  _ graph: Graph, _ division: inout Division, _ shares: Shares, tolerance: Int64,
  effort: Effort, team: Team
) {
  guard shares.count > 1, graph.count > 0 else { return }
  obey(shares.bounds, graph, &division)
  var wishes = Wishes(of: graph)
  wishes.renew(graph, division, shares.bounds, team: team)
  var cut = Int64(cutWeight(graph, division.partitionOf, team: team))
  cut -= wishes.relieve(graph, &division, shares)
  var current = division
  var best = (excess: division.excess(over: shares.capacities), cut: cut)
  var rounds = 0
  while rounds < effort.jetPatience {
    rounds += 1
    wishes.renew(graph, current, shares.bounds, team: team)
    let movers = wishes.movers(graph, current.partitionOf, tolerance: tolerance, team: team)
    if movers.allSatisfy(\.isEmpty) && best.excess == 0 { break }
    for vertex in movers.joined() { cut -= wishes.fulfil(Int(vertex), graph, &current) }
    if current.excess(over: shares.capacities) > 0 {
      wishes.renew(graph, current, shares.bounds, team: team)
      cut -= wishes.relieve(graph, &current, shares)
    }
    let excess = current.excess(over: shares.capacities)
    guard (excess, cut) < (best.excess, best.cut) else { continue }
    // Any better division is kept, but only one that is much better is worth more rounds.
    if excess < best.excess || (best.cut - cut) * effort.jetStopsBelow > best.cut { rounds = 0 }
    best = (excess, cut)
    division = current
  }
}

/// Brings vertices that are where they may not be to where they have most ties of the places where they may be.
private func obey(_ bounds: Bounds?, _ graph: Graph, _ division: inout Division) {
  guard let bounds else { return }
  for vertex in 0..<graph.count
  where !bounds.permit(graph.kinds[vertex], in: division.partitionOf[vertex]) {
    var ties = [UInt64](repeating: 0, count: bounds.partitions)
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      let neighbour = Int(graph.neighbours[place])
      ties[Int(division.partitionOf[neighbour])] += UInt64(graph.weights[place])
    }
    let permitted = ties.indices.filter { bounds.permit(graph.kinds[vertex], in: UInt32($0)) }
    let target = permitted.max {
      (ties[$0], -division.loads[$0], $1) < (ties[$1], -division.loads[$1], $0)
    }
    guard let target else { continue }
    division.loads[Int(division.partitionOf[vertex])] -= Int(graph.users[vertex])
    division.loads[target] += Int(graph.users[vertex])
    division.partitionOf[vertex] = UInt32(target)
  }
}

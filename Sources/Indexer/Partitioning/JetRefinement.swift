/// Betters a division as Jet does (Gilbert, Madduri, Boman, Rajamanickam 2024, "Jet: Multilevel Graph Partitioning on Graphics
/// Processing Units").
///
/// In each round every vertex that would rather be elsewhere says where, with no regard to room and even at some loss; of
/// those only the ones move that would not make the cut worse when all that gain more than they move too. What is overfull
/// then gives away what it misses least, and the best division that keeps the capacities is kept. A vertex that has moved
/// stays for a round. All of a round is decided before any of it is done, so the order of the vertices makes no difference.
///
/// - Parameters:
///   - tolerance: how much of the weight of its ties within its partition a vertex may lose, in quarters.
///   - patience: rounds without a better division after which it gives up.
func refineByJet(
  _ graph: Graph, _ division: inout Division, capacities: [Int], tolerance: Int64, patience: Int
) {
  guard capacities.count > 1, graph.count > 0 else { return }
  rebalance(graph, &division, capacities: capacities)
  var current = division
  var cut = Int64(cutWeight(graph, division.partitionOf))
  var best = (excess: division.excess(over: capacities), cut: cut)
  var wishes = Wishes(vertices: graph.count, partitions: capacities.count)
  var rounds = 0
  while rounds < patience {
    rounds += 1
    wishes.renew(graph, current)
    let movers = wishes.movers(graph, current.partitionOf, tolerance: tolerance)
    if movers.isEmpty && best.excess == 0 { break }
    for vertex in movers {
      cut -= wishes.fulfil(Int(vertex), graph, &current)
    }
    let relieved = rebalance(graph, &current, capacities: capacities)
    cut -= relieved.gained
    for vertex in relieved.moved { wishes.forget(Int(vertex), graph) }
    let excess = current.excess(over: capacities)
    guard (excess, cut) < (best.excess, best.cut) else { continue }
    // Any better division is kept, but only one that is much better is worth more rounds.
    if excess < best.excess || (best.cut - cut) * Effort.jetStopsBelow > best.cut { rounds = 0 }
    best = (excess, cut)
    division = current
  }
}

/// Where the vertices of a graph would rather be.
private struct Wishes {
  /// The other partition that most of the vertex's ties lead to; none if they all stay within its own.
  private var targets: [UInt32]
  /// By how much the cut would shrink if it alone moved there.
  private var gains: [Int64]
  /// Weight of its ties within its own partition.
  private var own: [UInt32]
  /// Its neighbours, or itself, have moved since that was found out.
  private var isStale: [Bool]
  /// It has moved in the round before.
  private var rests: [Bool]
  /// It wants to move in this round.
  private var wants: [Bool]
  private var tally: Tally

  private static let none = UInt32.max

  init(vertices: Int, partitions: Int) {
    targets = [UInt32](repeating: Self.none, count: vertices)
    gains = [Int64](repeating: 0, count: vertices)
    own = [UInt32](repeating: 0, count: vertices)
    isStale = [Bool](repeating: true, count: vertices)
    rests = [Bool](repeating: false, count: vertices)
    wants = [Bool](repeating: false, count: vertices)
    tally = Tally(kinds: partitions, most: partitions)
  }

  /// Asks those again around whom something has moved.
  mutating func renew(_ graph: Graph, _ division: Division) {
    let offsets = graph.offsets.span
    let neighbours = graph.neighbours.span
    let weights = graph.weights.span
    let partitionOf = division.partitionOf.span
    for vertex in 0..<graph.count where isStale[vertex] {
      isStale[vertex] = false
      for place in offsets[vertex]..<offsets[vertex + 1] {
        tally.add(weights[place], to: partitionOf[Int(neighbours[place])])
      }
      let here = partitionOf[vertex]
      var target = Self.none
      var most: UInt32 = 0
      for index in 0..<tally.count {
        let (partition, weight) = tally.kind(index)
        guard partition != here, weight >= most else { continue }
        // Equally good places: the emptier one.
        if weight == most, target != Self.none,
          division.loads[Int(partition)] >= division.loads[Int(target)]
        {
          continue
        }
        (target, most) = (partition, weight)
      }
      targets[vertex] = target
      own[vertex] = tally[here]
      gains[vertex] = Int64(most) - Int64(tally[here])
      tally.clear()
    }
  }

  /// Those that move in this round.
  mutating func movers(_ graph: Graph, _ partitionOf: [UInt32], tolerance: Int64) -> [UInt32] {
    var wanting: [UInt32] = []
    for vertex in targets.indices where targets[vertex] != Self.none {
      if rests[vertex] {
        rests[vertex] = false
        continue
      }
      let gain = gains[vertex]
      guard gain >= 0 || -gain * 4 < Int64(own[vertex]) * tolerance else { continue }
      wants[vertex] = true
      wanting.append(UInt32(vertex))
    }
    defer { for vertex in wanting { wants[Int(vertex)] = false } }
    return wanting.filter { gainAmongMovers(Int($0), graph, partitionOf) >= 0 }
  }

  /// By how much the cut would shrink if the vertex moved after all that gain more than it.
  private func gainAmongMovers(_ vertex: Int, _ graph: Graph, _ partitionOf: [UInt32]) -> Int64 {
    let offsets = graph.offsets.span
    let neighbours = graph.neighbours.span
    let weights = graph.weights.span
    let gains = gains.span
    let wants = wants.span
    let partitionOf = partitionOf.span
    let gain = gains[vertex]
    let here = partitionOf[vertex]
    let target = targets[vertex]
    var gained: Int64 = 0
    for place in offsets[vertex]..<offsets[vertex + 1] {
      let neighbour = Int(neighbours[place])
      var partition = partitionOf[neighbour]
      if wants[neighbour],
        gains[neighbour] > gain || gains[neighbour] == gain && neighbour < vertex
      {
        partition = targets[neighbour]
      }
      if partition == target {
        gained += Int64(weights[place])
      } else if partition == here {
        gained -= Int64(weights[place])
      }
    }
    return gained
  }

  /// Moves a vertex where it wants to be. Returns by how much the cut has shrunk.
  mutating func fulfil(_ vertex: Int, _ graph: Graph, _ division: inout Division) -> Int64 {
    let offsets = graph.offsets.span
    let neighbours = graph.neighbours.span
    let weights = graph.weights.span
    let here = division.partitionOf[vertex]
    let target = targets[vertex]
    var gained: Int64 = 0
    for place in offsets[vertex]..<offsets[vertex + 1] {
      let neighbour = Int(neighbours[place])
      let partition = division.partitionOf[neighbour]
      if partition == target {
        gained += Int64(weights[place])
      } else if partition == here {
        gained -= Int64(weights[place])
      }
      isStale[neighbour] = true
    }
    isStale[vertex] = true
    rests[vertex] = true
    division.partitionOf[vertex] = target
    division.loads[Int(here)] -= Int(graph.users[vertex])
    division.loads[Int(target)] += Int(graph.users[vertex])
    return gained
  }

  /// The vertex was moved by somebody else.
  mutating func forget(_ vertex: Int, _ graph: Graph) {
    isStale[vertex] = true
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      isStale[Int(graph.neighbours[place])] = true
    }
  }
}

/// Where the vertices of a graph would rather be.
struct Wishes {
  /// The other partition that most of the vertex's ties lead to; `none` if they all stay within its own.
  private(set) var targets: [UInt32]
  /// By how much the cut would shrink if it alone moved there, as far as that can be told.
  private(set) var gains: [Int32]
  /// Weight of its ties within its own partition.
  private var own: [UInt32]
  /// Its neighbours, or itself, have moved since that was found out.
  private var isStale: [Bool]
  /// It has moved in the round before.
  private var rests: [Bool]
  /// It wants to move in this round.
  private var wants: [Bool]
  /// For those that have to leave overfull partitions.
  var queue: VertexQueue

  static let none = UInt32.max

  init(of graph: Graph) {
    let vertices = graph.count
    targets = [UInt32](repeating: Self.none, count: vertices)
    gains = [Int32](repeating: 0, count: vertices)
    own = [UInt32](repeating: 0, count: vertices)
    // Those that take no part are never asked.
    isStale =
      graph.isAbsent.isEmpty
      ? [Bool](repeating: true, count: vertices) : graph.isAbsent.map { !$0 }
    rests = [Bool](repeating: false, count: vertices)
    wants = [Bool](repeating: false, count: vertices)
    queue = VertexQueue(vertices: vertices)
  }

  private struct Wish {
    let target: UInt32
    let own: UInt32
    let gain: Int32
  }

  /// Asks those again around whom something has moved.
  mutating func renew(_ graph: Graph, _ division: Division, _ bounds: Bounds?, team: Team) {
    var stale: [UInt32] = []
    for vertex in isStale.indices where isStale[vertex] { stale.append(UInt32(vertex)) }
    var index = 0
    for wishes in Self.wishes(of: stale, graph, division, bounds, team: team) {
      for wish in wishes {
        let vertex = Int(stale[index])
        index += 1
        isStale[vertex] = false
        targets[vertex] = wish.target
        own[vertex] = wish.own
        gains[vertex] = wish.gain
      }
    }
  }

  private static func wishes(
    of vertices: [UInt32], _ graph: Graph, _ division: Division, _ bounds: Bounds?, team: Team
  ) -> [[Wish]] {
    team.map(vertices.count) { range in
      let offsets = graph.offsets.span
      let neighbours = graph.neighbours
      let weights = graph.weights
      let partitionOf = division.partitionOf.span
      let loads = division.loads.span
      var tally = Tally(kinds: loads.count)
      var wishes: [Wish] = []
      wishes.reserveCapacity(range.count)
      for index in range {
        let vertex = Int(vertices[index])
        let here = partitionOf[vertex]
        if let bounds, bounds.only(for: graph.kinds[vertex]) == Int(here) {
          wishes.append(Wish(target: none, own: 0, gain: 0))
          continue
        }
        tally.add(offsets[vertex]..<offsets[vertex + 1], neighbours, weights, kinds: partitionOf)
        var target = none
        var most: UInt32 = 0
        for index in 0..<tally.count {
          let (partition, weight) = tally.kind(index)
          guard partition != here, weight >= most else { continue }
          if let bounds, !bounds.permit(graph.kinds[vertex], in: partition) { continue }
          // Equally good places: the emptier one.
          if weight == most, target != none, loads[Int(partition)] >= loads[Int(target)] {
            continue
          }
          (target, most) = (partition, weight)
        }
        let own = tally[here]
        wishes.append(
          Wish(target: target, own: own, gain: Int32(clamping: Int64(most) - Int64(own))))
        tally.clear()
      }
      return wishes
    }
  }

  /// Those that move in this round.
  mutating func movers(_ graph: Graph, _ partitionOf: [UInt32], tolerance: Int64, team: Team)
    -> [[UInt32]]
  {
    var wanting: [UInt32] = []
    for vertex in targets.indices where targets[vertex] != Self.none {
      if rests[vertex] {
        rests[vertex] = false
        continue
      }
      let gain = Int64(gains[vertex])
      guard gain >= 0 || -gain * 4 < Int64(own[vertex]) * tolerance else { continue }
      wants[vertex] = true
      wanting.append(UInt32(vertex))
    }
    let movers = Self.movers(wanting, targets, gains, wants, graph, partitionOf, team: team)
    for vertex in wanting { wants[Int(vertex)] = false }
    return movers
  }

  /// Those by which the cut would not grow if each moved after all that gain more than it.
  private static func movers(
    _ wanting: [UInt32], _ targets: [UInt32], _ gains: [Int32], _ wants: [Bool], _ graph: Graph,
    _ partitionOf: [UInt32], team: Team
  ) -> [[UInt32]] {
    team.map(wanting.count) { range in
      let offsets = graph.offsets.span
      let neighbours = graph.neighbours
      let weights = graph.weights
      let gains = gains.span
      let wants = wants.span
      let targets = targets.span
      let partitionOf = partitionOf.span
      return wanting[range].filter { mover in
        let vertex = Int(mover)
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
        return gained >= 0
      }
    }
  }

  /// Moves a vertex where it wants to be. Returns by how much the cut has shrunk.
  mutating func fulfil(_ vertex: Int, _ graph: Graph, _ division: inout Division) -> Int64 {
    rests[vertex] = true
    return move(vertex, to: targets[vertex], graph, &division)
  }

  /// Moves a vertex. Returns by how much the cut has shrunk.
  mutating func move(_ vertex: Int, to target: UInt32, _ graph: Graph, _ division: inout Division)
    -> Int64
  {
    let here = division.partitionOf[vertex]
    let gained = leave(vertex, from: here, to: target, graph, division.partitionOf)
    division.partitionOf[vertex] = target
    division.loads[Int(here)] -= Int(graph.users[vertex])
    division.loads[Int(target)] += Int(graph.users[vertex])
    return gained
  }

  /// Tells all around a vertex that it moves. Returns by how much the cut shrinks.
  private mutating func leave(
    _ vertex: Int, from here: UInt32, to target: UInt32, _ graph: Graph, _ partitionOf: [UInt32]
  ) -> Int64 {
    let offsets = graph.offsets.span
    let neighbours = graph.neighbours
    let weights = graph.weights
    let partitionOf = partitionOf.span
    var stale = isStale.mutableSpan
    var gained: Int64 = 0
    for place in offsets[vertex]..<offsets[vertex + 1] {
      let neighbour = Int(neighbours[place])
      let partition = partitionOf[neighbour]
      if partition == target {
        gained += Int64(weights[place])
      } else if partition == here {
        gained -= Int64(weights[place])
      }
      stale[neighbour] = true
    }
    stale[vertex] = true
    return gained
  }
}

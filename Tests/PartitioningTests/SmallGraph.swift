import Partitioning

/// A graph as tests write it: so many users, and ties with weights.
struct SmallGraph: CustomStringConvertible {
  var name: String
  var users: Int
  var ties: [(a: Int, b: Int, weight: UInt32)]

  var description: String { name }

  init(_ name: String, users: Int, ties: [(Int, Int)]) {
    self.init(name, users: users, weighted: ties.map { ($0.0, $0.1, 1) })
  }

  init(_ name: String, users: Int, weighted: [(Int, Int, UInt32)]) {
    self.name = name
    self.users = users
    ties = weighted.map { (a: $0.0, b: $0.1, weight: $0.2) }
  }

  var graph: Graph {
    Graph(users: users) { tell in
      for tie in ties { tell(UInt32(tie.a), UInt32(tie.b), tie.weight) }
    }
  }

  func partitions(
    _ count: Int, size: Int = 5000, imbalance: Double = Limits.defaultImbalance, seed: UInt64 = 1
  ) throws -> Found {
    divided(
      try Limits(users: users, partitions: count, partitionSize: size, imbalance: imbalance),
      seed: seed)
  }

  func divided(_ limits: Limits, loads: [UInt32]? = nil, seed: UInt64 = 1) -> Found {
    let placement = Partitioner.run(graph, limits: limits, loads: loads, seed: seed)
    return Found(
      placement: placement, limits: limits,
      counted: PlacementFindings(graph, placement, limits, loads: loads))
  }

  /// What the program counts, counted again in the plainest way.
  func recount(_ partitionOf: [UInt32]) -> (ties: Int, weight: UInt64) {
    ties.reduce(into: (0, 0)) { sum, tie in
      guard partitionOf[tie.a] != partitionOf[tie.b] else { return }
      sum.ties += 1
      sum.weight += UInt64(tie.weight)
    }
  }
}

/// A division, and what the program counts of it.
@dynamicMemberLookup
struct Found: Equatable {
  var placement: Placement
  var limits: Limits
  var counted: PlacementFindings

  var partitionOf: [UInt32] { placement.partitionOf }
  var cutShare: Double { counted.betweenPartitions.share(of: counted.all) }

  subscript<Value>(dynamicMember path: KeyPath<PlacementFindings, Value>) -> Value {
    counted[keyPath: path]
  }
}

extension PlacementFindings {
  var sizes: [Int] { partitions.map(\.users) }
  var usersOfNodes: [Int] { nodes.map(\.users) }
}

extension SmallGraph {
  static func chain(_ users: Int) -> SmallGraph {
    SmallGraph("chain of \(users)", users: users, ties: (1..<max(1, users)).map { ($0 - 1, $0) })
  }

  static func ring(_ users: Int) -> SmallGraph {
    SmallGraph(
      "ring of \(users)", users: users, ties: (0..<users).map { ($0, ($0 + 1) % users) })
  }

  static func star(_ users: Int) -> SmallGraph {
    SmallGraph("star of \(users)", users: users, ties: (1..<users).map { (0, $0) })
  }

  static func clique(_ users: Int) -> SmallGraph {
    SmallGraph(
      "clique of \(users)", users: users,
      ties: (0..<users).flatMap { a in (a + 1..<users).map { (a, $0) } })
  }

  static func isolated(_ users: Int) -> SmallGraph {
    SmallGraph("\(users) without contacts", users: users, ties: [])
  }

  /// One user whom everybody knows, over a chain.
  static func hub(_ users: Int) -> SmallGraph {
    SmallGraph(
      "hub of \(users)", users: users,
      ties: (1..<users).map { (0, $0) } + (2..<users).map { ($0 - 1, $0) })
  }

  /// Networks of the given sizes, each a ring with chords.
  static func networks(_ sizes: [Int]) -> SmallGraph {
    var ties: [(Int, Int)] = []
    var first = 0
    for size in sizes {
      for user in 1..<max(1, size) {
        ties.append((first + user - 1, first + user))
        if user > 2, user % 3 == 0 { ties.append((first + user - 3, first + user)) }
      }
      first += size
    }
    return SmallGraph("networks of \(sizes)", users: first, ties: ties)
  }

  /// Each pair is tied with probability `density`, with weights up to `most`.
  static func random(users: Int, density: Double, most: UInt32 = 1, seed: UInt64) -> SmallGraph {
    var chance = Chance(seed: seed)
    var ties: [(Int, Int, UInt32)] = []
    for a in 0..<users {
      for b in a + 1..<max(a + 1, users) where chance.happens(density) {
        ties.append((a, b, 1 + UInt32(chance.next(below: Int(most)))))
      }
    }
    return SmallGraph("random \(users), \(density), seed \(seed)", users: users, weighted: ties)
  }

  /// Blocks of equal size, dense inside and sparse between; user `u` belongs to block `u % blocks`.
  static func planted(
    blocks: Int, size: Int, inside: Double, between: Double, seed: UInt64
  ) -> SmallGraph {
    var chance = Chance(seed: seed)
    var ties: [(Int, Int)] = []
    for a in 0..<blocks * size {
      for b in a + 1..<max(a + 1, blocks * size)
      where chance.happens(a % blocks == b % blocks ? inside : between) {
        ties.append((a, b))
      }
    }
    return SmallGraph("\(blocks) blocks of \(size)", users: blocks * size, ties: ties)
  }
}

/// The tests' own generator (a linear congruential one, so as not to share the program's).
struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

  /// A seed for something else.
  var seed: UInt64 { state }

  mutating func next(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  mutating func happens(_ probability: Double) -> Bool {
    Double(next(below: 1 << 30)) < probability * Double(1 << 30)
  }
}

/// An undirected weighted graph in flat compressed rows.
///
/// The neighbours of vertex `v` are `neighbours[offsets[v]..<offsets[v + 1]]`, and `weights` lies beside them.
///
/// Invariants:
/// 1. `offsets` has one entry more than there are vertices, starts at 0 and never falls.
/// 2. Each tie stands twice, once in each end's row, with the same weight; no tie leads from a vertex to itself.
/// 3. `users[v]` is how many users stand in vertex `v`: 1 in the graph of the users themselves, more in a
///    coarser one, none in a vertex that only stands for a partition.
/// 4. `kinds[v]` says which row of the cut's `Bounds` holds for vertex `v`; empty where no vertex is bound.
///
/// Weights are at most `UInt32`: whoever makes a graph sees to it that all of a graph's weights together stay below
/// `mostWeight` (`scaled`), so that the weights of no vertex's row overflow a `UInt32`: each stands in another row too.
public struct Graph: Sendable {
  var offsets: [Int]
  let neighbours: Neighbours
  var weights: Weights
  var users: [UInt32]
  var kinds: [UInt32] = []
  /// Where its rows lie, and those of graphs that are made of it.
  let storage: Storage
  /// Vertices that take no part in a cut; empty: all do. See `without`.
  private(set) var isAbsent: [Bool] = []

  /// Number of vertices.
  public var count: Int { users.count }

  /// Number of ties; each stands in two rows.
  public var ties: Int { neighbours.count / 2 }

  /// More ties than these cannot be cut: each stands twice, and weighs at least 1.
  public static let mostTies = Int(UInt32.max / 2)
  /// What all weights together, both directions, stay below.
  static let mostWeight: UInt64 = 1 << 33

  init(
    offsets: [Int], _ rows: Rows, users: [UInt32], kinds: [UInt32] = [], storage: Storage
  ) {
    assert(offsets.count == users.count + 1 && offsets.first == 0)
    assert(kinds.isEmpty || kinds.count == users.count)
    assert(offsets.last == rows.count && rows.count == rows.weights.count)
    self.offsets = offsets
    neighbours = rows.neighbours
    weights = rows.weights
    self.users = users
    self.kinds = kinds
    self.storage = storage
  }

  /// The graph of `userCount` users, numbered from 0.
  ///
  /// `forEachTie` calls its argument once for each tie with both ends and the weight (not 0). It is called twice and
  /// must tell the same ties in the same order; a pair is told once, in either direction.
  public init(users userCount: Int, forEachTie: ((UInt32, UInt32, UInt32) -> Void) -> Void) {
    var offsets = [Int](repeating: 0, count: userCount + 1)
    forEachTie { a, b, _ in
      precondition(a != b, "a tie of a user with itself")
      offsets[Int(a) + 1] += 1
      offsets[Int(b) + 1] += 1
    }
    for user in 0..<userCount { offsets[user + 1] += offsets[user] }
    var next = offsets
    var rows = RowsBuilder(unset: offsets[userCount])
    forEachTie { a, b, weight in
      rows.set(next[Int(a)], b, weight)
      next[Int(a)] += 1
      rows.set(next[Int(b)], a, weight)
      next[Int(b)] += 1
    }
    self.init(
      offsets: offsets, rows.finish(), users: [UInt32](repeating: 1, count: userCount),
      storage: .memory)
  }

  /// The same graph for a cut in which some vertices take no part: they have no users, and where they end up means nothing.
  /// No tie may lead from them to the others. The ties are not copied: there may be gigabytes of them.
  func without(_ isAbsent: [Bool]) -> Graph {
    precondition(isAbsent.count == count)
    guard isAbsent.contains(true) else { return self }
    var graph = self
    graph.isAbsent = isAbsent
    for vertex in isAbsent.indices where isAbsent[vertex] { graph.users[vertex] = 0 }
    return graph
  }

  /// Whether its rows lie on a shelf: whoever goes through them goes in their order.
  var isShelved: Bool { storage.shelves(entries: neighbours.count) }

  /// Its rows, one behind the other.
  var rows: Rows { Rows(neighbours: neighbours, weights: weights) }

  /// How many entries a vertex's row has.
  @inline(__always)
  func degree(_ vertex: Int) -> Int { offsets[vertex + 1] - offsets[vertex] }

  /// Users in all vertices together.
  var totalUsers: Int { users.reduce(0) { $0 + Int($1) } }
}

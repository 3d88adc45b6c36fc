import Partitioning
import Testing

/// A new generation beside the one before: who moves, and what that costs.
@Suite struct SettlingTests {
  /// Blocks in chains of acquaintances, whose ties change from round to round.
  private struct Town {
    private static let first = SmallGraph.planted(
      blocks: 32, size: 32, inside: 0.25, between: 0.003, seed: 5)

    var graph = first
    var chance = Chance(seed: 9)

    /// 1 % of the ties go and as many come, nine in ten of them within a block; one user in 200 gives way to a new one. Returns
    /// the new users.
    mutating func change() -> Set<Int> {
      let count = graph.ties.count
      var new: Set<Int> = []
      while new.count < graph.users / 200 { new.insert(chance.next(below: graph.users)) }
      graph.ties.removeAll { new.contains($0.a) || new.contains($0.b) }
      for _ in 0..<count / 100 {
        graph.ties.remove(at: chance.next(below: graph.ties.count))
      }
      var known = Set(graph.ties.map { $0.a * graph.users + $0.b })
      while graph.ties.count < count {
        let a =
          chance.happens(0.4)
          ? Array(new).sorted()[chance.next(below: new.count)] : chance.next(below: graph.users)
        let b =
          chance.happens(0.9)
          ? (a + 32 * (1 + chance.next(below: 31))) % graph.users : chance.next(below: graph.users)
        let pair = (min(a, b), max(a, b))
        guard a != b, known.insert(pair.0 * graph.users + pair.1).inserted else { continue }
        graph.ties.append((pair.0, pair.1, 1))
      }
      return new
    }
  }

  private func previous(
    _ placement: [UInt32], new: Set<Int> = [], mostMoved: Double = 0.01, newNodes: [Int] = []
  ) -> Previous {
    let homes = placement.indices.map { new.contains($0) ? Previous.none : placement[$0] }
    return Previous(
      partitionOf: homes, nodeOf: homes, departed: new.count, mostMoved: mostMoved,
      newNodes: newNodes)
  }

  private func limits(_ graph: SmallGraph, _ count: Int) throws -> Limits {
    try Limits(users: graph.users, partitions: count, partitionSize: graph.users)
  }

  private func check(_ placement: Placement, _ graph: SmallGraph, _ limits: Limits) {
    // Counts, and stops where a limit does not hold.
    #expect(
      PlacementFindings(graph.graph, placement, limits).sizes.reduce(0, +) == graph.users)
  }

  @Test func sixRoundsOfChange() throws {
    var town = Town()
    let limits = try limits(town.graph, 8)
    var placement = Partitioner.run(town.graph.graph, limits: limits, seed: 1)
    for round: UInt64 in 1...6 {
      let new = town.change()
      let before = previous(placement.partitionOf, new: new)
      placement = Partitioner.run(town.graph.graph, limits: limits, previous: before, seed: round)
      check(placement, town.graph, limits)
      let moves = Moves(before, placement)
      #expect(moves.moved * 100 <= town.graph.users, "\(moves)")
      #expect(moves.new == new.count)
      #expect(moves.moved + moves.stayed + moves.new == town.graph.users)
    }
    let scratch = (1...3).map { seed in
      town.graph.recount(
        Partitioner.run(town.graph.graph, limits: limits, seed: UInt64(seed)).partitionOf
      ).ties
    }.sorted()[1]
    let cut = town.graph.recount(placement.partitionOf).ties
    #expect(cut * 100 <= scratch * 106, "\(cut), from scratch \(scratch)")
  }

  @Test func nobodyMovesWithoutNeed() throws {
    let graph = SmallGraph.planted(blocks: 8, size: 60, inside: 0.2, between: 0.002, seed: 3)
    let limits = try limits(graph, 8)
    let placement = Partitioner.run(graph.graph, limits: limits, seed: 1)
    let again = Partitioner.run(
      graph.graph, limits: limits, previous: previous(placement.partitionOf), seed: 2)
    #expect(again.partitionOf == placement.partitionOf)
  }

  @Test func whereNobodyMayMoveNobodyDoes() throws {
    let graph = SmallGraph.planted(blocks: 4, size: 50, inside: 0.2, between: 0.01, seed: 3)
    let limits = try limits(graph, 4)
    // As bad as can be: everybody is somewhere else than his friends.
    let before = previous((0..<200).map { UInt32($0 / 50) }, mostMoved: 0)
    let placement = Partitioner.run(graph.graph, limits: limits, previous: before, seed: 1)
    #expect(Moves(before, placement).moved == 0)
    let half = previous((0..<200).map { UInt32($0 / 50) }, mostMoved: 0.5)
    let moves = Moves(half, Partitioner.run(graph.graph, limits: limits, previous: half, seed: 1))
    #expect(moves.moved > 0 && moves.moved <= 100, "\(moves)")
  }

  @Test func newcomersGoToTheirTies() throws {
    // Two rings, and a chain of new users that hangs on the second.
    var graph = SmallGraph.networks([40, 40])
    graph.users = 90
    graph.ties += (80..<90).map { (a: $0 == 80 ? 41 : $0 - 1, b: $0, weight: 1) }
    let limits = try Limits(users: 90, partitions: 2, partitionSize: 60, imbalance: 0.3)
    let before = previous((0..<90).map { $0 < 40 ? 0 : 1 }, new: Set(80..<90))
    let placement = Partitioner.run(graph.graph, limits: limits, previous: before, seed: 1)
    #expect(placement.partitionOf == (0..<90).map { $0 < 40 ? 0 : 1 })
  }

  @Test func smallNetworksThatFitComeTogether() throws {
    // Two large rings and small ones, some of them torn in two by the generation before.
    let graph = SmallGraph.networks([60, 60] + [Int](repeating: 8, count: 10))
    let limits = try Limits(
      users: graph.users, partitions: 2, partitionSize: graph.users, imbalance: 0.2)
    func home(_ user: Int) -> UInt32 {
      if user < 120 { return UInt32(user / 60) }
      let isTorn = (user - 120) / 8 < 4
      return UInt32(isTorn ? user % 2 : user / 8 % 2)
    }
    let before = previous((0..<graph.users).map(home), mostMoved: 0.1)
    let placement = Partitioner.run(graph.graph, limits: limits, previous: before, seed: 1)
    #expect(PlacementFindings(graph.graph, placement, limits).networks.thoughFitting == 0)
    #expect(Moves(before, placement).moved <= 20)
  }

  @Test func aNodeThatIsAddedTakesItsShareAndNoMore() throws {
    let town = Town().graph
    let before = Partitioner.run(town.graph, limits: try limits(town, 8), seed: 1).partitionOf
    let limits = try limits(town, 9)
    let old = previous(before, newNodes: [8])
    let placement = Partitioner.run(town.graph, limits: limits, previous: old, seed: 1)
    check(placement, town, limits)
    let share = town.users / 9
    #expect(Moves(old, placement).moved * 10 <= share * 11)
    #expect(placement.partitionOf.count { $0 == 8 } * 100 >= share * 96)
  }

  @Test func aNodeThatIsGoneGivesAllItHadAndFewOthersMove() throws {
    let town = Town().graph
    let before = Partitioner.run(town.graph, limits: try limits(town, 8), seed: 1).partitionOf
    let limits = try limits(town, 7)
    let gone = before.map { $0 == 7 ? Previous.gone : $0 }
    let old = Previous(
      partitionOf: gone.map { $0 == Previous.gone ? Previous.none : $0 }, nodeOf: gone,
      departed: 0, mostMoved: 0.01)
    let placement = Partitioner.run(town.graph, limits: limits, previous: old, seed: 1)
    check(placement, town, limits)
    let moves = Moves(old, placement)
    #expect(moves.movedFromGone == before.count { $0 == 7 })
    #expect(moves.moved - moves.movedFromGone <= town.users / 20, "\(moves)")
  }

  @Test func limitsComeBeforeTheMostThatMayMove() throws {
    let graph = SmallGraph.ring(100)
    let limits = try limits(graph, 4)
    // All were in one place, which may hold 26.
    let before = previous([UInt32](repeating: 0, count: 100), mostMoved: 0)
    let placement = Partitioner.run(graph.graph, limits: limits, previous: before, seed: 1)
    check(placement, graph, limits)
    #expect(Moves(before, placement).moved >= 74)
  }

  @Test func partitionsKeepTheirNumbersInsideNodes() throws {
    let town = Town().graph
    let pool = Pool(nodes: ["a", "b", "c"].map { NodeShare(name: $0, weight: 1) })
    let limits = try Limits(users: town.users, pool: pool, partitions: nil, partitionSize: 130)
    let placement = Partitioner.run(town.graph, limits: limits, seed: 1)
    let before = Previous(
      partitionOf: placement.partitionOf, nodeOf: placement.nodeOfUser, departed: 0, mostMoved: 0.01
    )
    let settled = try Limits(
      users: town.users, pool: Pool(nodes: pool.nodes, primaries: placement.nodeOf),
      partitions: nil, partitionSize: 130)
    let again = Partitioner.run(town.graph, limits: settled, previous: before, seed: 2)
    #expect(again.nodeOf == placement.nodeOf)
    let changed = town.users - zip(again.partitionOf, placement.partitionOf).count { $0 == $1 }
    #expect(changed * 50 <= town.users, "\(changed) users are in other partitions")
  }

  @Test func theSameAtAnySeedAndTwice() throws {
    var town = Town()
    let limits = try limits(town.graph, 8)
    let first = Partitioner.run(town.graph.graph, limits: limits, seed: 1)
    let before = previous(first.partitionOf, new: town.change())
    let one = Partitioner.run(town.graph.graph, limits: limits, previous: before, seed: 4)
    let other = Partitioner.run(town.graph.graph, limits: limits, previous: before, seed: 4)
    #expect(one == other)
  }
}

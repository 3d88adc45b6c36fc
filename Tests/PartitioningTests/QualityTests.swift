import Partitioning
import Testing

/// Cuts that are known, or can be found by trying everything.
@Suite struct QualityTests {
  @Test(arguments: [(2, 100), (4, 60), (7, 40), (12, 25)])
  func plantedBlocksAreRecovered(_ blocks: Int, _ size: Int) throws {
    for seed: UInt64 in 1...2 where blocks < 12 || seed == 1 {
      let graph = SmallGraph.planted(
        blocks: blocks, size: size, inside: 12 / Double(size), between: 3 / Double(blocks * size),
        seed: seed)
      let planted = graph.recount((0..<graph.users).map { UInt32($0 % blocks) }).ties
      let found = try graph.partitions(blocks, seed: seed)
      #expect(found.cutTies <= planted + planted / 20, "\(graph), planted \(planted)")
    }
  }

  @Test func chainsAndRingsAreCutAtFewPlaces() throws {
    #expect(try SmallGraph.chain(1000).partitions(2).cutTies == 1)
    #expect(try SmallGraph.ring(1000).partitions(2).cutTies == 2)
    #expect(try SmallGraph.chain(1000).partitions(8).cutTies <= 9)
    #expect(try SmallGraph.ring(1000).partitions(8).cutTies <= 11)
  }

  @Test func aStarLosesNoMoreThanItMust() throws {
    // 100 users in 4 partitions of at most 26: the centre keeps 25 of its 99 ties.
    #expect(try SmallGraph.star(100).partitions(4, imbalance: 0.04).cutTies == 74)
  }

  @Test func smallGraphsAgainstAllPossibleCuts() throws {
    var optimal = 0
    var tried = 0
    for seed: UInt64 in 0..<60 {
      let graph = SmallGraph.random(
        users: 6 + Int(seed % 5), density: 0.25 + Double(seed % 4) * 0.15, most: 3, seed: seed)
      let count = 2 + Int(seed % 2)
      let found = try graph.partitions(count, imbalance: 0.2, seed: seed)
      let least = leastCut(graph, partitions: count, limit: found.partitionLimit)
      #expect(found.cutWeight >= least)
      #expect(found.cutWeight <= least + 4, "\(graph): \(found.cutWeight), possible \(least)")
      tried += 1
      if found.cutWeight == least { optimal += 1 }
    }
    #expect(optimal * 10 >= tried * 8, "\(optimal) of \(tried) are optimal")
  }

  private func leastCut(_ graph: SmallGraph, partitions: Int, limit: Int) -> UInt64 {
    var least = UInt64.max
    var partitionOf = [UInt32](repeating: 0, count: graph.users)
    var loads = [Int](repeating: 0, count: partitions)
    func assign(_ user: Int) {
      if user == graph.users {
        least = min(least, graph.recount(partitionOf).weight)
        return
      }
      for partition in 0..<partitions where loads[partition] < limit {
        partitionOf[user] = UInt32(partition)
        loads[partition] += 1
        assign(user + 1)
        loads[partition] -= 1
      }
    }
    assign(0)
    return least
  }
}

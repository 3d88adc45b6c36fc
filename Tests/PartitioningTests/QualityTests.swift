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
      #expect(
        found.betweenPartitions.ties <= planted + planted / 20, "\(graph), planted \(planted)")
    }
  }

  @Test func chainsAndRingsAreCutAtFewPlaces() throws {
    #expect(try SmallGraph.chain(1000).partitions(2).betweenPartitions.ties == 1)
    #expect(try SmallGraph.ring(1000).partitions(2).betweenPartitions.ties == 2)
    #expect(try SmallGraph.chain(1000).partitions(8).betweenPartitions.ties <= 9)
    #expect(try SmallGraph.ring(1000).partitions(8).betweenPartitions.ties <= 11)
  }

  @Test func aStarLosesNoMoreThanItMust() throws {
    // 100 users in 4 partitions of at most 26: the centre keeps 25 of its 99 ties.
    #expect(try SmallGraph.star(100).partitions(4, imbalance: 0.04).betweenPartitions.ties == 74)
  }
}

import Partitioning
import Testing

/// What holds for every graph: each user once, no partition over its limit, counts that are true.
@Suite struct OddGraphTests {
  static let graphs: [SmallGraph] = [
    .isolated(1), .isolated(2), .isolated(50), .chain(2), .chain(3), .chain(97), .ring(64),
    .star(2), .star(40), .star(90), .clique(3), .clique(24), .hub(60),
    .networks([30, 30, 30, 30]), .networks([100, 1, 1, 1, 1, 1]), .networks([7, 7, 7]),
    .networks([60, 40, 40, 20, 20, 20]), .networks([3] + [Int](repeating: 1, count: 40)),
    .random(users: 70, density: 0.08, most: 9, seed: 5),
    .random(users: 40, density: 0.5, most: UInt32.max, seed: 6),
    .planted(blocks: 4, size: 15, inside: 0.5, between: 0.02, seed: 7),
  ]

  @Test(arguments: graphs)
  func everyUserOnceWithinTheLimitsAndCountedRight(_ graph: SmallGraph) throws {
    let counts = Set([1, 2, 3, 7, min(graph.users, 17), graph.users < 60 ? graph.users : 9])
    for count in counts.sorted() where count > 0 && count <= graph.users {
      for imbalance in [0, 0.2] {
        let found = try graph.partitions(count, imbalance: imbalance, seed: UInt64(count))
        #expect(found.partitionOf.count == graph.users)
        var sizes = [Int](repeating: 0, count: count)
        for partition in found.partitionOf { sizes[Int(partition)] += 1 }
        #expect(found.sizes == sizes)
        let mean = Double(graph.users) / Double(count)
        let limit = max(mean.rounded(.up), ((1 + imbalance) * mean + 1e-9).rounded(.down))
        #expect(Double(found.largest) <= limit, "\(graph) into \(count)")
        let recount = graph.recount(found.partitionOf)
        #expect(
          found.betweenPartitions.ties == recount.ties
            && found.betweenPartitions.weight == recount.weight)
        #expect(found.all.ties == graph.ties.count)
      }
    }
  }

  @Test(arguments: graphs)
  func theSizeLimitIsHardHoweverTight(_ graph: SmallGraph) throws {
    for count in [1, 2, 3, 7] where count <= graph.users {
      let tightest = (graph.users + count - 1) / count
      let found = try graph.partitions(count, size: tightest, imbalance: 10)
      #expect(found.largest <= tightest && found.sizes.reduce(0, +) == graph.users)
    }
  }

  @Test(arguments: graphs)
  func theSameSeedGivesTheSamePartitions(_ graph: SmallGraph) throws {
    for seed in [0, UInt64.max] {
      let count = min(4, graph.users)
      #expect(
        try graph.partitions(count, seed: seed) == graph.partitions(count, seed: seed))
    }
  }

  @Test func seedsLeadToDifferentPartitions() throws {
    let graph = SmallGraph.random(users: 120, density: 0.1, seed: 3)
    let found = try Set((0..<6).map { try graph.partitions(4, seed: $0).partitionOf })
    #expect(found.count > 1)
  }

  @Test func onePartitionCutsNothing() throws {
    let found = try SmallGraph.clique(30).partitions(1)
    #expect(found.betweenPartitions.ties == 0 && found.cutShare == 0 && found.sizes == [30])
  }

  @Test func asManyPartitionsAsUsersCutsEverything() throws {
    let found = try SmallGraph.clique(30).partitions(30)
    #expect(found.cutShare == 1 && found.smallest == 1 && found.largest == 1)
  }

  @Test func networksAreCounted() throws {
    let found = try SmallGraph.networks([40, 5, 1, 1]).partitions(2)
    #expect(
      found.networks.count == 4 && found.networks.largest == 40 && found.networks.tooLarge == 1)
  }

  @Test func weightsDecideWhichTieIsCut() throws {
    // A chain of four in which only the middle tie is light, and one in which only an outer tie is.
    let light = SmallGraph("light middle", users: 4, weighted: [(0, 1, 5), (1, 2, 1), (2, 3, 5)])
    #expect(try light.partitions(2).betweenPartitions.weight == 1)
    let outer = SmallGraph("light end", users: 4, weighted: [(0, 1, 1), (1, 2, 5), (2, 3, 5)])
    #expect(try outer.partitions(2, imbalance: 0.5).betweenPartitions.weight == 1)
  }
}

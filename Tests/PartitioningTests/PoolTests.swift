import Partitioning
import Testing

/// Nodes first, then the partitions inside each.
@Suite struct PoolTests {
  private func pool(_ weights: Int..., primaries: [UInt32] = []) -> Pool {
    Pool(
      nodes: weights.enumerated().map { NodeShare(name: "im\($0 + 1)", weight: $1) },
      primaries: primaries)
  }

  @Test(arguments: [
    ([1, 1, 1], 300, [103, 103, 103]),
    ([1, 2, 1], 400, [103, 206, 103]),
    ([1, 1, 1], 10, [4, 4, 4]),  // 1.03 x 3.33 is less than a whole user more
    ([1, 999], 1000, [1, 1000]),
    ([7], 5, [5]),
  ])
  func nodeLimits(_ weights: [Int], _ users: Int, _ expected: [Int]) throws {
    let nodes = weights.enumerated().map { NodeShare(name: "im\($0)", weight: $1) }
    let limits = try Limits(
      users: users, pool: Pool(nodes: nodes), partitions: nil, partitionSize: 5000)
    #expect(limits.nodeLimits(of: users) == expected)
  }

  /// As few as hold each node's share in partitions of S, and at least one for each node.
  @Test(arguments: [
    ([1, 1], 100, 50, 2), ([1, 1], 102, 50, 4), ([1, 3], 400, 50, 8), ([1, 3], 404, 50, 10),
    ([1, 1, 1], 3, 5000, 3), ([1, 1, 1], 2, 5000, 2),
    ([Int](repeating: 1, count: 16), 1_000_000, 5000, 208),
  ])
  func partitionsByDefault(_ weights: [Int], _ users: Int, _ size: Int, _ expected: Int) throws {
    let nodes = weights.enumerated().map { NodeShare(name: "im\($0)", weight: $1) }
    let limits = try Limits(
      users: users, pool: Pool(nodes: nodes), partitions: nil, partitionSize: size)
    #expect(limits.partitions == expected)
  }

  @Test func aNetworkStaysOnOneNodeAndIsCutWithinIt() throws {
    // Two networks of 60, each for one node, each too large for a partition of 20.
    let graph = SmallGraph.networks([60, 60])
    let found = graph.divided(
      try Limits(users: 120, pool: pool(1, 1), partitions: nil, partitionSize: 20))
    #expect(found.betweenNodes.ties == 0 && found.betweenPartitions.ties > 0)
    #expect(found.usersOfNodes == [60, 60] && found.sizes == [Int](repeating: 20, count: 6))
    #expect(found.placement.nodeOf == [0, 0, 0, 1, 1, 1])
  }

  @Test func theCutBetweenNodesCountsForMoreThanThatBetweenPartitions() throws {
    // A ring of eight circles: cut for nodes at two places, for partitions in between.
    let graph = SmallGraph.planted(blocks: 8, size: 20, inside: 0.5, between: 0.01, seed: 3)
    let limits = try Limits(users: 160, pool: pool(1, 1), partitions: 8, partitionSize: 21)
    let found = graph.divided(limits)
    let direct = try graph.partitions(2)
    #expect(
      found.betweenNodes.ties <= direct.betweenPartitions.ties + direct.betweenPartitions.ties / 10)
    #expect(found.betweenPartitions.ties > found.betweenNodes.ties)
  }

  @Test func nodesHoldTheirSharesWhereThePartitionsDo() throws {
    // 60 partitions of 50: 12 for a node of 600 and 36 for one of 1800, all full.
    let limits = try Limits(users: 3000, pool: pool(1, 3, 1), partitions: nil, partitionSize: 50)
    let found = SmallGraph.isolated(3000).divided(limits)
    #expect(found.usersOfNodes == [600, 1800, 600] && found.sizes.count == 60)
  }

  @Test func settledPartitionsStayTheirNodes() throws {
    let settled: [UInt32] = [1, 0, 1, 1]
    let limits = try Limits(
      users: 90, pool: pool(1, 1, primaries: settled), partitions: 4, partitionSize: 5000)
    let found = SmallGraph.random(users: 90, density: 0.1, seed: 1).divided(limits)
    #expect(found.placement.nodeOf == settled)
    #expect(found.usersOfNodes.allSatisfy { $0 <= 46 })
    #expect(found.sizes[1] == found.usersOfNodes[0])
  }

  @Test func whatSettledPartitionsDoNotHoldGoesToTheOtherNodes() throws {
    // The first node has one partition of 20 for its half of 100 users.
    let limits = try Limits(
      users: 100, pool: pool(1, 1, primaries: [0, 1, 1, 1, 1]), partitions: 5, partitionSize: 20)
    let found = SmallGraph.random(users: 100, density: 0.1, seed: 2).divided(limits)
    #expect(found.usersOfNodes == [20, 80] && found.largest == 20)
  }

  @Test func aNodeWithoutASettledPartitionGetsNobody() throws {
    let limits = try Limits(
      users: 60, pool: pool(1, 1, 1, primaries: [0, 1]), partitions: 2, partitionSize: 5000)
    let found = SmallGraph.random(users: 60, density: 0.2, seed: 2).divided(limits)
    #expect(found.usersOfNodes[2] == 0 && found.usersOfNodes.allSatisfy { $0 <= 30 })
  }

  @Test func partitionsBeyondTheSettledOnesGoWhereTheyAreNeeded() throws {
    let limits = try Limits(
      users: 100, pool: pool(1, 1, primaries: [0, 0, 0]), partitions: nil, partitionSize: 20)
    #expect(limits.partitions == 6)
    let found = SmallGraph.random(users: 100, density: 0.1, seed: 2).divided(limits)
    #expect(found.placement.nodeOf == [0, 0, 0, 1, 1, 1])
  }

  @Test func impossibleLimitsNameTheSmallestNumbersThatWork() throws {
    let three = pool(1, 2, 1)
    let thrown = #expect(throws: ImpossibleLimits.self) {
      try Limits(users: 2400, pool: three, partitions: 10, partitionSize: 260)
    }
    #expect(
      thrown
        == .sharesNotHeld(
          nodes: 3, users: 2400, partitions: 10, partitionSize: 260, leastPartitions: 11,
          leastPartitionSize: 273))
    #expect(thrown?.description.contains("11 partitions of 260, or 10 partitions of 273") == true)
    // Fewer partitions than nodes: no size helps.
    #expect(
      throws: ImpossibleLimits.sharesNotHeld(
        nodes: 3, users: 2400, partitions: 2, partitionSize: 5000, leastPartitions: 3,
        leastPartitionSize: nil)
    ) { try Limits(users: 2400, pool: three, partitions: 2, partitionSize: 5000) }
  }

  @Test(arguments: [(11, 260), (10, 273)])
  func theNumbersNamedDoWork(_ partitions: Int, _ size: Int) throws {
    let three = pool(1, 2, 1)
    let limits = try Limits(users: 2400, pool: three, partitions: partitions, partitionSize: size)
    #expect(limits.partitions == partitions)
    #expect(throws: ImpossibleLimits.self) {
      try Limits(users: 2400, pool: three, partitions: partitions - 1, partitionSize: size)
    }
    if partitions == 10 {
      #expect(throws: ImpossibleLimits.self) {
        try Limits(users: 2400, pool: three, partitions: partitions, partitionSize: size - 1)
      }
    }
  }

  @Test func aPartitionIsNotLargerThanTheSmallestNode() throws {
    let limits = try Limits(
      users: 2400, pool: pool(1, 2, 1), partitions: nil, partitionSize: 619)
    #expect(
      throws: ImpossibleLimits.partitionAboveNode(
        node: "im1", capacity: 618, users: 2400, partitionSize: 619, leastPartitions: 4)
    ) { try limits.requirePartitionsFitNodes(users: 2400) }
    let fitting = try Limits(
      users: 2400, pool: pool(1, 2, 1), partitions: 4, partitionSize: 618)
    try fitting.requirePartitionsFitNodes(users: 2400)
  }
}

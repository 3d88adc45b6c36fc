import Partitioning
import Testing

/// What administrators ask for, on graphs that would have it otherwise.
@Suite struct RulesTests {
  private func place(
    _ graph: SmallGraph, _ rules: Rules, nodes: Int, size: Int? = nil, imbalance: Double = 0.1
  ) throws -> Placement {
    let pool = Pool(nodes: (0..<nodes).map { NodeShare(name: "n\($0)", weight: 1) })
    let limits = try Limits(
      users: graph.users, pool: pool, partitions: nil, partitionSize: size ?? graph.users,
      imbalance: imbalance)
    let placement = Partitioner.run(graph.graph, limits: limits, rules: rules, seed: 1)
    // Counts, and stops where a limit does not hold.
    let found = PlacementFindings(graph.graph, placement, limits)
    #expect(found.sizes.reduce(0, +) == graph.users)
    #expect(zip(found.usersOfNodes, limits.nodeLimits(of: graph.users)).allSatisfy { $0 <= $1 })
    return placement
  }

  private func group(_ users: [Int], of count: Int) -> [UInt32] {
    (0..<count).map { users.contains($0) ? 0 : Rules.none }
  }

  @Test(arguments: [2, 12, 60]) func togetherAcrossTheWeakestTies(_ size: Int) throws {
    let graph = SmallGraph.planted(blocks: 4, size: 60, inside: 0.2, between: 0.002, seed: 1)
    var rules = Rules()
    // Block by block, so that the group is of all four.
    let users = Array(0..<size)
    rules.groupOf = group(users, of: graph.users)
    let placement = try place(graph, rules, nodes: 4, size: 40)
    #expect(Set(users.map { placement.nodeOfUser[$0] }).count == 1)
    // 40 users fit into one partition, 60 do not.
    if size <= 12 { #expect(Set(users.map { placement.partitionOf[$0] }).count == 1) }
  }

  @Test func manyGroupsAsTightAsTheyFit() throws {
    let graph = SmallGraph.ring(120)
    var rules = Rules()
    // Groups of 10 that reach around the ring, 12 of them on 4 nodes of 30.
    rules.groupOf = (0..<120).map { UInt32($0 % 12) }
    let nodeOf = try place(graph, rules, nodes: 4, imbalance: 0).nodeOfUser
    for group in 0..<12 {
      #expect(Set((0..<10).map { nodeOf[$0 * 12 + group] }).count == 1)
    }
  }

  @Test func pinsHoldAgainstTies() throws {
    let graph = SmallGraph.planted(blocks: 4, size: 50, inside: 0.3, between: 0.001, seed: 2)
    var rules = Rules()
    // One of each block, and a friend of his, on the node of the next.
    rules.permitted =
      [[true, true, true, true]] + (0..<4).map { only in (0..<4).map { $0 == only } }
    rules.kindOf = (0..<200).map { $0 < 8 ? UInt32(1 + ($0 + 1) % 4) : 0 }
    let nodeOf = try place(graph, rules, nodes: 4).nodeOfUser
    for user in 0..<8 { #expect(nodeOf[user] == UInt32((user + 1) % 4)) }
  }

  @Test func apartInsideAClique() throws {
    let graph = SmallGraph.clique(24)
    var rules = Rules()
    rules.apart = [[0, 1, 2, 3], [3, 4, 5], [7, 8]]
    let nodeOf = try place(graph, rules, nodes: 4, imbalance: 0).nodeOfUser
    for users in rules.apart {
      #expect(Set(users.map { nodeOf[Int($0)] }).count == users.count)
    }
  }

  @Test func apartWhereTheyMayBeIsHardToFind() throws {
    let graph = SmallGraph.ring(40)
    var rules = Rules()
    rules.apart = [[0, 1, 2, 3]]
    rules.permitted = [
      [true, true, true, true], [true, true, false, false], [false, true, true, false],
      [true, false, false, false],
    ]
    rules.kindOf = (0..<40).map { $0 == 0 ? 1 : $0 == 1 ? 2 : $0 == 2 ? 3 : 0 }
    let nodeOf = try place(graph, rules, nodes: 4).nodeOfUser
    #expect(nodeOf[..<4] == [1, 2, 0, 3])
  }

  @Test func atMostAndAtLeast() throws {
    let graph = SmallGraph.planted(blocks: 4, size: 50, inside: 0.2, between: 0.002, seed: 2)
    var rules = Rules()
    rules.most = [30, nil, nil, nil]
    rules.least = [nil, 60, nil, nil]
    let nodeOf = try place(graph, rules, nodes: 4, imbalance: 0.5).nodeOfUser
    #expect(nodeOf.count { $0 == 0 } <= 30)
    #expect(nodeOf.count { $0 == 1 } >= 60)
  }

  @Test func preferencesGiveWayToTies() throws {
    let graph = SmallGraph.planted(blocks: 2, size: 60, inside: 0.3, between: 0.002, seed: 2)
    var rules = Rules()
    rules.wishOf = (0..<120).map { $0 % 2 == 0 ? 1 : $0 == 1 ? 2 : 0 }
    // The first block would like the second node; one user of the other would like it as well, but not as much as his friends.
    rules.wishes = [[0, 0], [0, 3], [0, 1]]
    let nodeOf = try place(graph, rules, nodes: 2).nodeOfUser
    #expect((0..<120).allSatisfy { nodeOf[$0] == ($0 % 2 == 0 ? 1 : 0) })
  }

  @Test func everythingAtOnceWithTheGenerationBefore() throws {
    let graph = SmallGraph.planted(blocks: 4, size: 60, inside: 0.15, between: 0.004, seed: 6)
    var rules = Rules()
    rules.groupOf = group([4, 9, 14], of: 240)
    rules.permitted = [[true, true, true, true], [false, false, true, false]]
    rules.kindOf = (0..<240).map { (20..<30).contains($0) ? 1 : 0 }
    rules.apart = [[40, 41, 42, 43]]
    rules.least = [58, nil, nil, nil]
    rules.most = [nil, 62, nil, nil]
    let first = try place(graph, Rules(), nodes: 4)
    let pool = Pool(nodes: first.nodes, primaries: first.nodeOf)
    let limits = try Limits(
      users: 240, pool: pool, partitions: nil, partitionSize: 240, imbalance: 0.1)
    let before = Previous(
      partitionOf: first.partitionOf, nodeOf: first.nodeOfUser, departed: 0, mostMoved: 0.1)
    let nodeOf = Partitioner.run(
      graph.graph, limits: limits, rules: rules, previous: before, seed: 1
    ).nodeOfUser
    #expect(Set([4, 9, 14].map { nodeOf[$0] }).count == 1)
    #expect((20..<30).allSatisfy { nodeOf[$0] == 2 })
    #expect(Set((40..<44).map { nodeOf[$0] }).count == 4)
    #expect(nodeOf.count { $0 == 0 } >= 58)
    #expect(nodeOf.count { $0 == 1 } <= 62)
  }
}

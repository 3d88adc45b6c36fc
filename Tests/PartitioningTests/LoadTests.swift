import Partitioning
import Testing

/// Loads count for nodes in place of heads; partitions still count heads.
@Suite struct LoadTests {
  private let two = Pool(nodes: [
    NodeShare(name: "a", weight: 1), NodeShare(name: "b", weight: 1),
  ])

  @Test func nodesAreBalancedByLoad() throws {
    // A quarter of the users makes nine tenths of the load.
    let graph = SmallGraph.planted(blocks: 8, size: 25, inside: 0.3, between: 0.01, seed: 5)
    let loads = (0..<200).map { UInt32($0 % 8 < 2 ? 27 : 1) }
    let limits = try Limits(
      users: 200, pool: two, partitions: nil, partitionSize: 40, byLoad: true)
    let found = graph.divided(limits, loads: loads)
    var ofNodes = [0, 0]
    for (user, node) in found.placement.nodeOfUser.enumerated() {
      ofNodes[Int(node)] += Int(loads[user])
    }
    #expect(ofNodes.max()! <= limits.nodeLimits(of: 1500).max()!, "\(ofNodes)")
    #expect(found.largest <= 40 && found.sizes.reduce(0, +) == 200)
  }

  @Test func morePartitionsWhereLoadsMakeNodesUneven() throws {
    // One user alone is half of all load: the others need more partitions than half of them would.
    let graph = SmallGraph.chain(101)
    let loads = [UInt32(100)] + [UInt32](repeating: 1, count: 100)
    let limits = try Limits(
      users: 101, pool: two, partitions: nil, partitionSize: 26, byLoad: true)
    #expect(limits.partitions == 4)
    let found = graph.divided(limits, loads: loads)
    #expect(found.sizes.count == 5 && found.largest <= 26)
    #expect(found.usersOfNodes.min()! <= 4)
  }

  @Test func partitionsAskedForWinOverLoads() throws {
    // The node of the heavy user must take more than its load allows: the other node's three partitions hold 78.
    let graph = SmallGraph.chain(101)
    let loads = [UInt32(100)] + [UInt32](repeating: 1, count: 100)
    let limits = try Limits(users: 101, pool: two, partitions: 4, partitionSize: 26, byLoad: true)
    let found = graph.divided(limits, loads: loads)
    #expect(found.sizes.count == 4 && found.largest <= 26)
    let heavy = Int(found.placement.nodeOfUser[0])
    #expect(found.usersOfNodes[heavy] == 23 && found.usersOfNodes[1 - heavy] == 78)
  }

  @Test func equalLoadsAreAsHeads() throws {
    let graph = SmallGraph.planted(blocks: 4, size: 30, inside: 0.3, between: 0.02, seed: 9)
    let limits = try Limits(users: 120, pool: two, partitions: nil, partitionSize: 31)
    let byLoad = try Limits(
      users: 120, pool: two, partitions: nil, partitionSize: 31, byLoad: true)
    let loads = [UInt32](repeating: 1, count: 120)
    #expect(graph.divided(limits).placement == graph.divided(byLoad, loads: loads).placement)
  }
}

import Routing
import Shared
import Testing

/// Where users go when nodes are down, come back, or are all gone.
@Suite struct RoutingFailoverTests {
  @Test func aDownNodesPartitionsGoToTheNextOfTheirLine() throws {
    let table = try RoutingTableTests.table(providers: "db", partitions: "imA, imB, imC\n")
    let map: [String: Partition] = ["a@x": 1]
    func node(_ parts: [Int: UInt32]) -> Int? {
      guard case .route(let route) = RoutingTableTests.verdict(table, "a@x", map: map, parts: parts)
      else {
        return nil
      }
      return route.node
    }
    #expect(node([:]) == 0)
    #expect(node([0: 0]) == 1)
    #expect(node([0: 0, 1: 0]) == 2)
    #expect(node([0: 0, 1: 0, 2: 0]) == nil)
    // A node that is only just back takes everybody where it is the only one.
    #expect(node([0: 1, 1: 0, 2: 0]) == 0)
  }

  /// Users come back to a returning node in the order of their lots: whoever is back stays, and the share is kept.
  @Test(arguments: ["db", "hash"]) func usersOfAReturningNodeComeBackBitByBit(chain: String) throws
  {
    let table = try RoutingTableTests.table(providers: chain, partitions: "imA, imB\n")
    let users = (0..<2000).map { "user\($0)@x" }
    let map = Dictionary(uniqueKeysWithValues: users.map { ($0, Partition(1)) })
    func home(_ parts: UInt32) -> Set<String> {
      Set(
        users.filter { user in
          guard
            case .route(let route) = RoutingTableTests.verdict(
              table, user, map: map, parts: [0: parts])
          else { return false }
          return route.node == 0
        })
    }
    let all = home(1024)
    var before = home(0)
    #expect(before.isEmpty)
    for parts in [128, 256, 512, 768, 1024] as [UInt32] {
      let now = home(parts)
      #expect(now.isSuperset(of: before))
      let expected = Double(all.count) * Double(parts) / 1024
      #expect(abs(Double(now.count) - expected) < 5 * expected.squareRoot())
      before = now
    }
    #expect(before == all)
  }

  @Test func overflowReachesTheRestOfThePool() throws {
    let names = ["imA", "imB", "imC"]
    let without = try RoutingTableTests.table(providers: "db", partitions: "imA\n")
    let map: [String: Partition] = ["a@x": 1]
    #expect(RoutingTableTests.verdict(without, "a@x", map: map, parts: [0: 0]) == .noNode)
    let with = RoutingTable(
      pool: without.pool, providers: [.db],
      partitions: try PartitionTable(parsing: "imA\n", file: "p", nodes: names), roundrobin: nil,
      rules: nil, overflows: true, hashKey: nil)
    guard case .route(let route) = RoutingTableTests.verdict(with, "a@x", map: map, parts: [0: 0])
    else {
      Issue.record("no route")
      return
    }
    #expect(route.node != 0)
    #expect(route.partition == 1)
    #expect(RoutingTableTests.verdict(with, "a@x", map: map, parts: [0: 0]) == .route(route))
    #expect(RoutingTableTests.verdict(with, "a@x", map: map, parts: [0: 0, 1: 0, 2: 0]) == .noNode)
  }
}

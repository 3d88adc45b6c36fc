import Partitioning
import Testing

/// Who takes over when nodes fail.
@Suite struct FallbackTests {
  private func divided(_ graph: SmallGraph, _ weights: [Int], size: Int) throws -> Found {
    let nodes = weights.enumerated().map { NodeShare(name: "im\($0)", weight: $1) }
    return graph.divided(
      try Limits(
        users: graph.users, pool: Pool(nodes: nodes), partitions: nil, partitionSize: size))
  }

  @Test func eachLineHasAllOtherNodesOnce() throws {
    let found = try divided(
      .random(users: 200, density: 0.05, seed: 1), [1, 2, 3, 1], size: 10)
    for (primary, fallbacks) in zip(found.placement.nodeOf, found.placement.fallbacks) {
      #expect((fallbacks + [primary]).sorted() == [0, 1, 2, 3])
    }
    #expect(found.placement.fallbacks.count == found.sizes.count)
  }

  @Test func oneNodeHasNoneToFallBackTo() throws {
    #expect(try divided(.chain(20), [1], size: 5).placement.fallbacks == [[], [], [], []])
  }

  @Test func nobodyInheritsMoreThanHisWeight() throws {
    for seed: UInt64 in 1...2 {
      let weights = [1, 1, 2, 4]
      let found = try divided(
        .random(users: 400, density: 0.02, seed: seed), weights, size: 20)
      for dead in weights.indices {
        var inherited = [Int](repeating: 0, count: weights.count)
        for (partition, node) in found.placement.nodeOf.enumerated() where node == dead {
          inherited[Int(found.placement.fallbacks[partition][0])] += found.sizes[partition]
        }
        let left = weights.reduce(0, +) - weights[dead]
        for heir in weights.indices where heir != dead {
          let share = found.usersOfNodes[dead] * weights[heir] / left
          #expect(inherited[heir] <= share + 20, "\(seed): \(dead) to \(heir)")
        }
      }
    }
  }

  @Test func tiesDecideWhoOfEquallyBurdenedTakesOver() throws {
    // Three nodes of two circles each; each circle of the first knows a circle of another node.
    var ties: [(Int, Int, UInt32)] = []
    for circle in 0..<6 {
      for a in 0..<10 { for b in a + 1..<10 { ties.append((circle * 10 + a, circle * 10 + b, 9)) } }
    }
    for pair in [(0, 1), (2, 3), (4, 5)] {
      for a in 0..<10 { ties.append((pair.0 * 10 + a, pair.1 * 10 + a, 5)) }
    }
    for a in 0..<4 { ties.append((a, 20 + a, 1)) }
    for a in 0..<4 { ties.append((10 + a, 40 + a, 1)) }
    let found = try divided(SmallGraph("circles", users: 60, weighted: ties), [1, 1, 1], size: 10)
    let placement = found.placement
    let homes = (0..<6).map { Int(placement.partitionOf[$0 * 10]) }
    try #require(found.betweenNodes.ties == 8 && Set(homes).count == 6)
    #expect(placement.fallbacks[homes[0]][0] == placement.nodeOf[homes[2]])
    #expect(placement.fallbacks[homes[1]][0] == placement.nodeOf[homes[4]])
  }
}

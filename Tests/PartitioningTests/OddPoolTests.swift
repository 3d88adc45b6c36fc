import Partitioning
import Testing

/// What holds for every graph on every pool: each user once, no limit broken, counts that are true.
@Suite struct OddPoolTests {
  @Test(arguments: OddGraphTests.graphs)
  func everyUserOnceWithinTheLimitsAndCountedRight(_ graph: SmallGraph) throws {
    for seed: UInt64 in 0..<3 {
      var chance = Chance(seed: seed &* 7919 &+ UInt64(graph.users))
      let nodes = (0..<1 + chance.next(below: 5)).map {
        NodeShare(name: "im\($0)", weight: 1 + chance.next(below: 4))
      }
      let partitions = chance.happens(0.5) ? nil : 1 + chance.next(below: graph.users)
      let partitionSize = 1 + chance.next(below: graph.users)
      let imbalance = chance.happens(0.5) ? 0 : 0.2
      func made(_ partitions: Int?, _ size: Int) throws(ImpossibleLimits) -> Limits {
        try Limits(
          users: graph.users, pool: Pool(nodes: nodes), partitions: partitions,
          partitionSize: size, imbalance: imbalance)
      }
      let limits: Limits
      do throws(ImpossibleLimits) {
        limits = try made(partitions, partitionSize)
      } catch {
        guard case .sharesNotHeld(_, _, let asked, _, let least, let leastSize) = error else {
          Issue.record("\(graph): \(error)")
          continue
        }
        // What is named works, and nothing less does. With as many partitions as users no size may be small enough.
        #expect(least > graph.users || (try? made(least, partitionSize)) != nil, "\(error)")
        #expect((try? made(least - 1, partitionSize)) == nil, "\(error)")
        if let leastSize {
          #expect((try? made(asked, leastSize)) != nil, "\(error)")
          #expect((try? made(asked, leastSize - 1)) == nil, "\(error)")
        }
        continue
      }
      let found = graph.divided(limits, seed: seed)
      #expect(found.sizes.count == limits.partitions, "\(graph), \(seed)")
      expectHolds(found, graph, nodes)
      if seed == 0 { #expect(found == graph.divided(limits, seed: seed)) }
    }
  }

  private func expectHolds(_ found: Found, _ graph: SmallGraph, _ nodes: [NodeShare]) {
    let placement = found.placement
    #expect(placement.partitionOf.count == graph.users)
    var sizes = [Int](repeating: 0, count: placement.nodeOf.count)
    for partition in placement.partitionOf { sizes[Int(partition)] += 1 }
    #expect(found.sizes == sizes)
    let weight = nodes.reduce(0) { $0 + $1.weight }
    for (index, node) in nodes.enumerated() {
      let own = placement.nodeOf.indices.filter { placement.nodeOf[$0] == index }
      let users = own.reduce(0) { $0 + sizes[$1] }
      #expect(found.usersOfNodes[index] == users)
      let share = Double(graph.users) * Double(node.weight) / Double(weight)
      #expect(Double(users) <= limit(share, found.limits), "\(graph): node \(index)")
      let mean = Double(users) / Double(max(1, own.count))
      for partition in own {
        #expect(own.count == 1 || Double(sizes[partition]) <= limit(mean, found.limits))
        #expect(sizes[partition] <= found.limits.partitionSize)
      }
    }
    let recount = graph.recount(placement.partitionOf)
    #expect(
      found.betweenPartitions.ties == recount.ties
        && found.betweenPartitions.weight == recount.weight)
    let between = graph.recount(placement.nodeOfUser)
    #expect(
      found.betweenNodes.ties == between.ties && found.betweenNodes.weight == between.weight)
    #expect(found.all.ties == graph.ties.count)
    for (primary, fallbacks) in zip(placement.nodeOf, placement.fallbacks) {
      #expect(Set(fallbacks + [primary]).count == nodes.count)
    }
  }

  private func limit(_ share: Double, _ limits: Limits) -> Double {
    max(share.rounded(.up), ((1 + limits.imbalance) * share + 1e-9).rounded(.down))
  }

  /// However uneven the loads are, S holds and nobody is lost; the reported numbers are true.
  @Test(arguments: OddGraphTests.graphs)
  func anyLoadsAreDividedWithinS(_ graph: SmallGraph) throws {
    var chance = Chance(seed: UInt64(graph.users))
    let nodes = (0..<2 + chance.next(below: 3)).map {
      NodeShare(name: "im\($0)", weight: 1 + chance.next(below: 4))
    }
    let loads = (0..<graph.users).map { _ in
      UInt32(chance.happens(0.1) ? 1 + chance.next(below: 1 << 20) : 1)
    }
    let size = 1 + chance.next(below: graph.users)
    let least = Limits.leastPartitions(users: graph.users, partitionSize: size)
    for partitions in [nil, least] {
      let limits = try Limits(
        users: graph.users, pool: Pool(nodes: nodes), partitions: partitions, partitionSize: size,
        byLoad: true)
      let found = graph.divided(limits, loads: loads)
      #expect(found.largest <= size && found.sizes.reduce(0, +) == graph.users)
      #expect(found.sizes.count >= least)
      if partitions != nil { #expect(found.sizes.count == least) }
      let between = graph.recount(found.placement.nodeOfUser)
      #expect(found.betweenNodes.ties == between.ties)
    }
  }
}

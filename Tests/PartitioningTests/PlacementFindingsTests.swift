import Partitioning
import Testing

/// What is told of a placement is counted again here in the plainest way, tie by tie.
@Suite struct PlacementFindingsTests {
  /// A placement that the partitioner would never choose: what is counted must not depend on its being good.
  struct Case: CustomStringConvertible, Sendable {
    let graph: SmallGraph
    let placement: Placement
    let load: [UInt32]?

    init(
      _ graph: SmallGraph, nodes: [Int], partitionsOfNode: Int, isLoaded: Bool = false, seed: UInt64
    ) {
      self.graph = graph
      var chance = Chance(seed: seed)
      let partitions = nodes.count * partitionsOfNode
      placement = Placement(
        partitionOf: (0..<graph.users).map { _ in UInt32(chance.next(below: partitions)) },
        // Not in the order of the partitions.
        nodeOf: (0..<partitions).map { UInt32($0 % nodes.count) },
        nodes: nodes.enumerated().map { NodeShare(name: "im\($0.offset)", weight: $0.element) })
      load = isLoaded ? (0..<graph.users).map { _ in UInt32(chance.next(below: 5)) } : nil
    }

    var description: String { "\(graph) on \(placement.nodes.count)/\(placement.nodeOf.count)" }

    var findings: PlacementFindings {
      PlacementFindings(
        graph.graph, placement,
        nodeLimits: placement.nodes.map { $0.weight * 10 },
        partitionLimits: placement.nodeOf.map { _ in 9 }, load: load)
    }
  }

  static let cases: [Case] = [
    Case(.isolated(1), nodes: [1], partitionsOfNode: 1, seed: 1),
    Case(.isolated(40), nodes: [1, 1, 1], partitionsOfNode: 2, seed: 2),
    Case(.clique(24), nodes: [1], partitionsOfNode: 4, seed: 3),
    Case(.hub(60), nodes: [3, 1], partitionsOfNode: 3, isLoaded: true, seed: 4),
    Case(
      .networks([30, 12, 8, 8, 3, 2, 1, 1, 1]), nodes: [2, 2, 1], partitionsOfNode: 2, seed: 5),
    Case(.networks([Int](repeating: 3, count: 40)), nodes: [1, 1], partitionsOfNode: 1, seed: 6),
    Case(
      .random(users: 70, density: 0.08, most: UInt32.max, seed: 5), nodes: [1, 2, 3, 4],
      partitionsOfNode: 5, isLoaded: true, seed: 7),
    Case(
      .random(users: 150, density: 0.05, most: 9, seed: 8), nodes: [5, 7], partitionsOfNode: 40,
      seed: 8),
    Case(
      .random(users: 300, density: 0.02, most: 2, seed: 9), nodes: [Int](repeating: 1, count: 130),
      partitionsOfNode: 1, seed: 9),
  ]

  @Test(arguments: cases)
  func theCutIsThatOfTheTies(_ example: Case) {
    let (found, placement) = (example.findings, example.placement)
    let between = example.graph.recount(placement.nodeOfUser)
    #expect(found.betweenNodes.ties == between.ties && found.betweenNodes.weight == between.weight)
    let cut = example.graph.recount(placement.partitionOf)
    #expect(
      found.betweenPartitions.ties == cut.ties && found.betweenPartitions.weight == cut.weight)
    let weight = example.graph.ties.reduce(UInt64(0)) { $0 + UInt64($1.weight) }
    #expect(found.all.ties == example.graph.ties.count && found.all.weight == weight)
    #expect(abs(found.presenceKept + found.betweenNodes.weightShare(of: found.all) - 1) < 1e-12)
  }

  @Test(arguments: cases)
  func eachPartHasItsUsersAndTies(_ example: Case) {
    let (found, placement) = (example.findings, example.placement)
    expectParts(found.partitions, placement.partitionOf, example)
    expectParts(found.nodes, placement.nodeOfUser, example)
    #expect(found.nodes.map(\.limit) == placement.nodes.map { $0.weight * 10 })
  }

  private func expectParts(_ parts: [PlacementFindings.Part], _ partOf: [UInt32], _ example: Case) {
    for (index, part) in parts.enumerated() {
      let members = partOf.indices.filter { partOf[$0] == UInt32(index) }
      #expect(part.users == members.count)
      #expect(part.load == example.load.map { load in members.reduce(0) { $0 + UInt64(load[$1]) } })
      let ends = example.graph.ties.map { tie in
        [tie.a, tie.b].count { partOf[$0] == UInt32(index) }
      }
      #expect(
        part.tiesInside == ends.count { $0 == 2 } && part.tiesLeaving == ends.count { $0 == 1 })
    }
  }

  @Test(arguments: cases)
  func theGridHasEveryTieOnce(_ example: Case) {
    let (found, placement) = (example.findings, example.placement)
    let row: (Int) -> Int
    switch found.grid.kind {
    case .partitions:
      #expect(found.grid.count == placement.nodeOf.count)
      row = { Int(placement.partitionOf[$0]) }
    case .nodes:
      #expect(found.grid.count == placement.nodes.count && placement.nodeOf.count > TieGrid.most)
      row = { Int(placement.nodeOfUser[$0]) }
    case .runs(let length):
      #expect(placement.nodes.count > TieGrid.most)
      row = { Int(placement.partitionOf[$0]) / length }
    }
    #expect(found.grid.count <= TieGrid.most)
    for one in 0..<found.grid.count {
      for other in 0..<found.grid.count {
        let ties = example.graph.ties.count {
          (row($0.a), row($0.b)) == (one, other) || (row($0.b), row($0.a)) == (one, other)
        }
        #expect(found.grid[one, other] == ties)
      }
    }
  }

  @Test(arguments: cases)
  func networksThatWereCutAreNamedWithTheirPlaces(_ example: Case) {
    let (found, placement) = (example.findings, example.placement)
    let networkOf = networks(of: example.graph)
    let numbers = Set(networkOf)
    let cut = numbers.filter { number in
      Set(members(of: number, networkOf).map { placement.partitionOf[$0] }).count > 1
    }
    #expect(found.networks.count == numbers.count)
    #expect(found.networks.betweenPartitions == cut.count)
    #expect(found.networks.thoughFitting == cut.count { members(of: $0, networkOf).count <= 9 })
    #expect(
      found.networks.betweenNodes
        == cut.count { number in
          Set(members(of: number, networkOf).map { placement.nodeOfUser[$0] }).count > 1
        })
    let order = cut.sorted { one, other in
      let sizes = (members(of: one, networkOf).count, members(of: other, networkOf).count)
      return sizes.0 == sizes.1 ? one < other : sizes.0 > sizes.1
    }
    #expect(found.networks.listed.map(\.number) == order.prefix(CutNetworks.most).map { $0 + 1 })
    for network in found.networks.listed {
      let members = members(of: network.number - 1, networkOf)
      #expect(network.users == members.count)
      let ties = example.graph.ties.filter { networkOf[$0.a] == network.number - 1 }
      #expect(
        network.tiesBetweenPartitions
          == ties.count { placement.partitionOf[$0.a] != placement.partitionOf[$0.b] })
      #expect(
        network.tiesBetweenNodes
          == ties.count { placement.nodeOfUser[$0.a] != placement.nodeOfUser[$0.b] })
      #expect(network.parts.map(\.users).reduce(0, +) == members.count)
      for part in network.parts {
        #expect(part.users == members.count { placement.partitionOf[$0] == UInt32(part.partition) })
      }
      #expect(zip(network.parts, network.parts.dropFirst()).allSatisfy { $0.users >= $1.users })
    }
  }

  @Test func chanceKeepsWhatTheWeightsSay() {
    func kept(_ weights: [Int]) -> Double {
      Case(.chain(20), nodes: weights, partitionsOfNode: 1, seed: 1).findings.keptByChance
    }
    #expect(kept([7]) == 1)
    #expect(abs(kept([1, 1, 1, 1]) - 0.25) < 1e-12)
    #expect(abs(kept([3, 1]) - 0.625) < 1e-12)
    #expect(abs(kept([1 << 40, 1 << 40]) - 0.5) < 1e-12)
  }

  /// Numbered in the order of their first users, by repeated relabelling.
  private func networks(of graph: SmallGraph) -> [Int] {
    var label = Array(0..<graph.users)
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for tie in graph.ties where label[tie.a] != label[tie.b] {
        let least = min(label[tie.a], label[tie.b])
        (label[tie.a], label[tie.b], hasChanged) = (least, least, true)
      }
    }
    let firsts = Set(label).sorted()
    return label.map { firsts.firstIndex(of: $0)! }
  }

  private func members(of network: Int, _ networkOf: [Int]) -> [Int] {
    networkOf.indices.filter { networkOf[$0] == network }
  }
}

/// The limits that placements are measured by are those that they were made by.
@Suite struct PlacementLimitsTests {
  @Test func withoutAPoolAPartitionIsItsNode() throws {
    let graph = SmallGraph.random(users: 100, density: 0.1, seed: 4).graph
    let limits = try Limits(users: 100, partitions: 3, partitionSize: 5000)
    let placement = Partitioner.run(graph, limits: limits, seed: 1)
    let found = PlacementFindings(graph, placement, limits, loads: nil)
    #expect(
      found.partitions.map(\.limit) == [34, 34, 34] && found.nodes.map(\.limit) == [34, 34, 34])
    let tight = try Limits(users: 99, partitions: 3, partitionSize: 33)
    let small = SmallGraph.random(users: 99, density: 0.1, seed: 4).graph
    let full = PlacementFindings(
      small, Partitioner.run(small, limits: tight, seed: 1), tight, loads: nil)
    #expect(full.partitions.map(\.limit) == [33, 33, 33])
  }

  @Test func inAPoolAPartitionIsMeasuredWithinItsNode() throws {
    let graph = SmallGraph.random(users: 120, density: 0.1, seed: 4).graph
    let pool = Pool(nodes: [NodeShare(name: "a", weight: 2), NodeShare(name: "b", weight: 1)])
    let limits = try Limits(
      users: 120, pool: pool, partitions: 3, partitionSize: 60, imbalance: 0.1)
    let placement = Partitioner.run(graph, limits: limits, seed: 1)
    let found = PlacementFindings(graph, placement, limits, loads: nil)
    #expect(found.nodes.map(\.limit) == [88, 44])
    for (partition, node) in placement.nodeOf.enumerated() {
      let users = found.nodes[Int(node)].users
      let limit = node == 1 ? 44 : max((users + 1) / 2, Int(1.1 * Double(users) / 2))
      #expect(found.partitions[partition].limit == limit)
      #expect(found.partitions[partition].users <= limit)
    }
    let byLoad = try Limits(
      users: 120, pool: pool, partitions: 3, partitionSize: 60, imbalance: 0.1, byLoad: true)
    let loaded = PlacementFindings(
      graph, placement, byLoad, loads: [UInt32](repeating: 7, count: 120))
    #expect(loaded.nodes.map(\.limit) == [616, 308])
    #expect(loaded.partitions.last?.limit == 60)
  }
}

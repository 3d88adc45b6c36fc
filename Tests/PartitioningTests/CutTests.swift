import Dispatch
import Testing

@testable import Partitioning

/// What the cut promises to those that plan with it.
@Suite struct CutTests {
  static let graph = SmallGraph.planted(
    blocks: 6, size: 50, inside: 0.25, between: 0.006, seed: 11
  ).graph

  static let crowd = Shares([Int](repeating: 52, count: 6))

  private func tools(_ team: Team = .alone, _ effort: Effort = .default) -> Tools {
    Tools(effort: effort, team: team, generator: Generator(seed: 4))
  }

  private func loads(_ partitionOf: [UInt32], _ count: Int) -> [Int] {
    Division(Self.graph, partitionOf: partitionOf, partitions: count).loads
  }

  @Test(arguments: Effort.all)
  func theNumberOfThreadsMakesNoDifference(_ effort: Effort) {
    var alone = tools(Team(nil, leastItems: 8), effort)
    let expected = cut(Self.graph, into: Self.crowd, tools: &alone)
    let backwards = Team(
      { pieces, body in for piece in (0..<pieces).reversed() { body(piece) } }, leastItems: 8)
    let parallel = Team(
      { pieces, body in DispatchQueue.concurrentPerform(iterations: pieces, execute: body) },
      leastItems: 8)
    for team in [backwards, parallel] {
      var others = tools(team, effort)
      #expect(cut(Self.graph, into: Self.crowd, tools: &others) == expected)
    }
  }

  @Test func moreEffortIsNotWorse() {
    let cuts = Effort.all.map { effort in
      (0..<3).reduce(UInt64(0)) { sum, seed in
        var tools = Tools(effort: effort, generator: Generator(seed: UInt64(seed)))
        return sum + cutWeight(Self.graph, cut(Self.graph, into: Self.crowd, tools: &tools))
      }
    }
    #expect(cuts[2] <= cuts[1] && cuts[2] <= cuts[0], "\(cuts)")
  }

  @Test func nobodyIsWhereHeMayNotBe() {
    var graph = Self.graph
    // A third may be in the first two only, one user in the last only, and nobody else in the last.
    graph.kinds = (0..<UInt32(graph.count)).map { $0 == 5 ? 2 : $0 % 3 == 0 ? 1 : 0 }
    let bounds = Bounds(
      permitted: [
        [true, true, true, true, true, false], [true, true, false, false, false, false],
        [false, false, false, false, false, true],
      ], partitions: 6)
    var tools = tools()
    let capacities = [60, 60, 65, 65, 65, 10]
    let found = cut(graph, into: Shares(capacities, bounds: bounds), tools: &tools)
    #expect(found.indices.allSatisfy { bounds.permit(graph.kinds[$0], in: found[$0]) })
    #expect(zip(loads(found, 6), capacities).allSatisfy { $0 <= $1 })
    #expect(loads(found, 6)[5] == 1)
  }

  @Test func anchorsHoldOnlyAsMuchAsTheirTiesWeigh() {
    // Two blocks, and one anchor for each partition, tied to all of the other block: the blocks change places.
    let blocks = SmallGraph.planted(blocks: 2, size: 40, inside: 0.5, between: 0.02, seed: 3)
    let anchors = (0..<80).map { (80 + $0 % 2, $0, UInt32(3)) }
    var graph = SmallGraph(
      "anchored", users: 82, weighted: blocks.ties.map { ($0.a, $0.b, $0.weight) } + anchors
    ).graph
    graph.users[80] = 0
    graph.users[81] = 0
    graph.kinds = [UInt32](repeating: 0, count: 80) + [1, 2]
    let bounds = Bounds(permitted: [[true, true], [true, false], [false, true]], partitions: 2)
    var tools = tools()
    let found = cut(graph, into: Shares([44, 44], bounds: bounds), tools: &tools)
    #expect((0..<80).allSatisfy { found[$0] == UInt32($0 % 2) })
    #expect(found[80] == 0 && found[81] == 1)
  }

  @Test func aDivisionIsBetteredAndNeverMadeWorse() {
    var generator = Generator(seed: 9)
    var start = (0..<UInt32(Self.graph.count)).map { $0 % 6 }
    let planted = cutWeight(Self.graph, start)
    for _ in 0..<60 {
      start.swapAt(generator.next(below: start.count), generator.next(below: start.count))
    }
    var tools = tools()
    let found = cut(Self.graph, into: Self.crowd, start: start, tools: &tools)
    #expect(cutWeight(Self.graph, found) <= planted)
    let again = cut(Self.graph, into: Self.crowd, start: found, tools: &tools)
    #expect(cutWeight(Self.graph, again) <= cutWeight(Self.graph, found))
  }

  @Test func thoseThatTakeNoPartChangeNothing() {
    let graph = SmallGraph.networks([90, 90, 30, 1])
    let isAbsent = (0..<graph.users).map { $0 >= 180 }
    var tools = tools()
    let found = cut(graph.graph.without(isAbsent), into: Shares([92, 92]), tools: &tools)
    #expect(Set(found[..<90]).count == 1 && Set(found[90..<180]).count == 1)
    #expect(found[0] != found[90])
  }

  @Test func kindsThatHashAlikeAreToldApart() {
    // 600 kinds more than a power of two apart: all of them want the same place of the table, which has to grow.
    var tally = Tally(kinds: 1 << 30)
    for round in 1...2 {
      for kind in 0..<600 { tally.add(UInt32(kind + round), to: UInt32(kind << 16)) }
    }
    #expect(tally.count == 600)
    for kind in 0..<600 {
      let weight = tally[UInt32(kind << 16)]
      #expect(weight == UInt32(2 * kind + 3))
    }
    tally.clear()
    let left = tally[0]
    #expect(tally.count == 0 && left == 0)
  }
}

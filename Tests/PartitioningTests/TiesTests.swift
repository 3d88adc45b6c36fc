import SeededNumbers
import Testing

@testable import Partitioning

/// Ties in rows of their lesser users make the same graph as ties told one by one.
@Suite struct TiesTests {
  @Test(arguments: 0..<20)
  func rowsMakeTheSameGraph(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let users = 1 + Int(generator.next() % 40)
    var ties: [(a: Int, b: UInt32, weight: UInt32)] = []
    var rowEnds: [Int] = []
    for a in 0..<users {
      for b in (a + 1)..<(users + 1) where b < users && generator.next() % 4 == 0 {
        ties.append((a, UInt32(b), UInt32(1 + generator.next() % 9)))
      }
      rowEnds.append(ties.count)
    }
    let told = Graph(users: users) { tell in
      for tie in ties { tell(UInt32(tie.a), tie.b, tie.weight) }
    }
    let rows = Graph(rowEnds: rowEnds) { (ties[$0].b, ties[$0].weight) }
    #expect(rows.offsets == told.offsets)
    #expect(rows.neighbours == told.neighbours)
    #expect(rows.weights == told.weights)
    #expect(rows.users == told.users)
  }

  @Test func nobodyMakesAnEmptyGraph() {
    let graph = Graph(rowEnds: []) { _ in (0, 0) }
    #expect(graph.count == 0 && graph.ties == 0)
  }
}

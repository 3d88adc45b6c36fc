import SeededNumbers
import Testing

@testable import Partitioning

/// Graphs whose rows lie on shelves are cut just as those in memory.
@Suite struct ShelfTests {
  /// A shelf in memory, which counts how many there are.
  private final class Board: Shelf {
    private var bytes: [UInt8] = []
    private let keeper: Keeper

    init(_ keeper: Keeper) {
      self.keeper = keeper
      keeper.filling += 1
    }

    func append(_ bytes: RawSpan) {
      bytes.withUnsafeBytes { self.bytes += $0 }
    }

    func finish() -> Room {
      let start = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 8)
      bytes.withUnsafeBytes { bytes in
        guard let first = bytes.baseAddress else { return }
        start.copyMemory(from: first, byteCount: bytes.count)
      }
      keeper.filling -= 1
      keeper.kept += 1
      keeper.greatest = max(keeper.greatest, bytes.count)
      return Room(start: start, byteCount: bytes.count) { [keeper] start in
        keeper.kept -= 1
        start.deallocate()
      }
    }
  }

  private final class Keeper: @unchecked Sendable {
    var filling = 0
    var kept = 0
    var greatest = 0

    func storage(mostBytes: Int, window: Int) -> Storage {
      Storage({ Board(self) }, mostBytes: mostBytes, window: window)
    }
  }

  private static func rows(_ graph: SmallGraph) -> (
    ends: [Int], ties: [(b: UInt32, weight: UInt32)]
  ) {
    let ties = graph.ties.map { (a: min($0.a, $0.b), b: max($0.a, $0.b), weight: $0.weight) }
      .sorted { ($0.a, $0.b) < ($1.a, $1.b) }
    let ends = (0..<graph.users).map { user in ties.count { $0.a <= user } }
    return (ends, ties.map { (UInt32($0.b), $0.weight) })
  }

  private static func graph(_ graph: SmallGraph, _ storage: Storage) -> Graph {
    let (ends, ties) = rows(graph)
    return Graph(rowEnds: ends, storage: storage) { ties[$0] }
  }

  @Test(arguments: [1, 3, 40, 1000, Int.max])
  func windowsMakeTheSameGraph(_ window: Int) {
    for seed in 0..<6 as Range<UInt64> {
      let ties = SmallGraph.random(users: 60, density: 0.2, most: seed < 3 ? 9 : 90_000, seed: seed)
      let keeper = Keeper()
      let graph = Self.graph(ties, keeper.storage(mostBytes: 0, window: window))
      let expected = Self.graph(ties, .memory)
      #expect(graph.isShelved && !expected.isShelved)
      #expect(graph.offsets == expected.offsets && graph.neighbours == expected.neighbours)
      #expect(graph.weights == expected.weights)
      #expect(keeper.filling == 0 && keeper.kept == 2)
    }
  }

  @Test func aShelfIsLetGoWithItsGraph() {
    let keeper = Keeper()
    do {
      let graph = Self.graph(.chain(50), keeper.storage(mostBytes: 0, window: 10))
      #expect(keeper.kept == 2 && graph.ties == 49)
    }
    #expect(keeper.kept == 0)
  }

  @Test(arguments: [(Effort.fast, 30), (.fast, 300), (.fast, 4000), (.default, 500)])
  func whereRowsLieMakesNoDifference(_ effort: Effort, _ window: Int) throws {
    var ties = SmallGraph.planted(blocks: 6, size: 30, inside: 0.3, between: 0.01, seed: 8)
    // Weights of one, two and four bytes.
    for index in ties.ties.indices {
      ties.ties[index].weight = 1 + UInt32(index * index * index % (window * window))
    }
    let pool = Pool(nodes: (0..<3).map { NodeShare(name: "im\($0)", weight: 1 + $0) })
    let limits = try Limits(users: ties.users, pool: pool, partitions: 12, partitionSize: 30)
    let isNew = window == 300
    let previous = Previous(
      partitionOf: (0..<UInt32(ties.users)).map { $0 % 12 },
      nodeOf: (0..<UInt32(ties.users)).map { $0 % 3 }, departed: 0, mostMoved: 0.3)
    func placement(_ storage: Storage) -> Placement {
      Partitioner.run(
        Self.graph(ties, storage), limits: limits, previous: isNew ? nil : previous, seed: 1,
        effort: effort)
    }
    // The users' graph and some coarser ones lie there, the smallest in memory.
    let keeper = Keeper()
    let shelved = placement(keeper.storage(mostBytes: 1000, window: window))
    #expect(shelved == placement(.memory))
    #expect(keeper.filling == 0 && keeper.kept == 0 && keeper.greatest > 0)
  }

  @Test func networksAreTheSameInAnyOrder() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<40 {
      let users = 1 + Int(generator.next() % 60)
      let ties = SmallGraph.random(users: users, density: 0.03, seed: generator.next())
      let found = Networks(of: ties.graph)
      // The plainest way: numbers spread until nothing changes.
      var first = Array(0..<users)
      var goesOn = true
      while goesOn {
        goesOn = false
        for tie in ties.ties where first[tie.a] != first[tie.b] {
          (first[tie.a], first[tie.b]) = (
            min(first[tie.a], first[tie.b]), min(first[tie.a], first[tie.b])
          )
          goesOn = true
        }
      }
      let numbers = Set(first).sorted()
      #expect(found.networkOf == first.map { UInt32(numbers.firstIndex(of: $0) ?? -1) })
      #expect(found.sizes == numbers.map { number in first.count { $0 == number } })
    }
  }
}

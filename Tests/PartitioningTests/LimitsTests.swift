import Partitioning
import Testing

@Suite struct LimitsTests {
  @Test(arguments: [
    // users, partitions, size, imbalance, limit
    (81306, 16, 5300, 0.03, 5234),
    (81306, 16, 5100, 0.03, 5100),
    (81306, 16, 5300, 0.0, 5082),
    (10, 3, 5000, 0.03, 4),
    (10, 10, 5000, 0.03, 1),
    (100, 10, 5000, 0.5, 15),
    (100, 10, 5000, 1e300, 100),
  ])
  func partitionLimit(
    _ users: Int, _ partitions: Int, _ size: Int, _ imbalance: Double, _ limit: Int
  )
    throws
  {
    let limits = try Limits(
      users: users, partitions: partitions, partitionSize: size, imbalance: imbalance)
    #expect(limits.partitionLimit(users: users, partitions: partitions) == limit)
  }

  @Test func withoutAPoolThePartitionsLimitIsThatOfItsNode() throws {
    let found = try SmallGraph.random(users: 100, density: 0.1, seed: 4).partitions(3)
    #expect(found.partitionLimit == 34)
    #expect(try SmallGraph.networks([50, 50]).partitions(2, imbalance: 0.1).partitionLimit == 55)
    #expect(try SmallGraph.chain(100).partitions(2, size: 51, imbalance: 0.1).partitionLimit == 51)
  }

  @Test func tooFewPartitionsNamesTheSmallestNumbersThatWork() {
    let thrown = #expect(throws: ImpossibleLimits.self) {
      try Limits(users: 81306, partitions: 16, partitionSize: 5000)
    }
    #expect(
      thrown
        == .tooManyUsers(
          users: 81306, partitions: 16, partitionSize: 5000, leastPartitions: 17,
          leastPartitionSize: 5082))
    #expect(thrown?.description.contains("17 partitions of 5000") == true)
    #expect(thrown?.description.contains("16 partitions of 5082") == true)
  }

  @Test(arguments: [(81306, 17, 5000), (81306, 16, 5082), (1, 1, 1), (7, 7, 1)])
  func theNumbersNamedDoWork(_ users: Int, _ partitions: Int, _ size: Int) throws {
    _ = try Limits(users: users, partitions: partitions, partitionSize: size)
    if partitions > 1 {
      #expect(throws: ImpossibleLimits.self) {
        try Limits(users: users, partitions: partitions - 1, partitionSize: size)
      }
    }
  }

  @Test func fewerUsersThanPartitions() {
    #expect(throws: ImpossibleLimits.fewerUsersThanPartitions(users: 3, partitions: 4)) {
      try Limits(users: 3, partitions: 4, partitionSize: 10)
    }
    #expect(throws: ImpossibleLimits.fewerUsersThanPartitions(users: 0, partitions: 1)) {
      try Limits(users: 0, partitions: 1, partitionSize: 10)
    }
    #expect(throws: ImpossibleLimits.noPartitions) {
      try Limits(users: 3, partitions: 0, partitionSize: 10)
    }
  }

  @Test(arguments: [(0, 10, 1), (1, 10, 1), (10, 10, 1), (11, 10, 2), (81306, 5000, 17)])
  func leastPartitions(_ users: Int, _ size: Int, _ least: Int) {
    #expect(Limits.leastPartitions(users: users, partitionSize: size) == least)
  }
}

import Shared

/// What the configuration says of the nodes that partitions are made for.
struct Pool {
  /// The most users in one partition.
  let partitionSize: Int
  /// Names of the nodes, in the order of `redirect.to`.
  private let nodes: [String]
  private let order: WeightedOrder
  /// The partitions file, if there is one.
  let table: (lines: [[Int]], path: String)?
  private let partitionTable: PartitionTable?

  init(_ opened: OpenConfiguration) throws {
    partitionSize = opened.configuration.partitionSize
    nodes = opened.configuration.nodes.map(\.name)
    order = WeightedOrder(weights: opened.configuration.nodes.map(\.weight))
    let found = try opened.partitionTable()
    partitionTable = found?.table
    table = found.map { ($0.table.lines, $0.path) }
  }

  /// The fewest partitions with which each line of the partitions file, or without one each node, has
  /// something to serve.
  func leastPartitions(users: Int) -> Int {
    table?.lines.count ?? min(nodes.count, users)
  }

  /// The primary node of each partition; nil without a partitions file.
  func primaries(of partitions: Int) -> [String]? {
    guard let partitionTable else { return nil }
    return (1...partitions).map { number in
      let node = partitionTable.firstNode(
        of: Partition(number), order: order, where: { _ in true })
      return node.map { nodes[$0] } ?? ""
    }
  }
}

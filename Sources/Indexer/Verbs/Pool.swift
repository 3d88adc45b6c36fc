import Glibc
import Shared

/// What the configuration says of the nodes that partitions are made for.
struct Pool {
  /// The most users in one partition.
  let partitionSize: Int
  /// Names of the nodes, in the order of `redirect.to`.
  private let nodes: [String]
  private let order: WeightedOrder
  /// The partitions file, if there is one.
  let table: (contents: PartitionTable, path: String)?

  init(_ file: ConfigurationFile) throws(Complaints) {
    partitionSize = file.configuration.partitionSize
    nodes = file.configuration.nodes.map(\.name)
    order = file.order
    let path = file.resolve(file.configuration.partitionsPath)
    guard unsafe access(path, F_OK) == 0 else {
      table = nil
      return
    }
    table = (try file.partitionTable(path), path)
  }

  /// The fewest partitions with which each line of the partitions file, or without one each node, has
  /// something to serve.
  func leastPartitions(users: Int) -> Int {
    table?.contents.lines.count ?? min(nodes.count, users)
  }

  /// The primary node of each partition; nil without a partitions file.
  func primaries(of partitions: Int) -> [String]? {
    guard let table = table?.contents else { return nil }
    return (1...partitions).map { number in
      let node = table.firstNode(
        of: Partition(number), order: order, where: { _ in true })
      return node.map { nodes[$0] } ?? ""
    }
  }
}

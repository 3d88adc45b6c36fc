import Glibc
import Partitioning
import Shared

/// The nodes that `generate` plans for: those of the configuration, or of `--node`.
struct PlannedPool {
  /// All that can have users; with a partitions file all of `redirect.to`.
  let nodes: [NodeShare]
  /// Nodes that drain, and so get nobody.
  let drained: [String]
  /// The partitions file, if there is one.
  let table: (contents: PartitionTable, path: String)?
  private let order: WeightedOrder

  /// The pool of a configuration; nil if it names no node.
  ///
  /// A node that drains gets no users and stands by for nobody. But where a partitions file says whose the partitions are, that
  /// holds, whatever state the nodes are in at the moment.
  init?(_ file: ConfigurationFile) throws(Complaints) {
    let all = file.configuration.nodes
    if all.isEmpty { return nil }
    let path = file.resolve(file.configuration.partitionsPath)
    let hasTable = unsafe access(path, F_OK) == 0
    table = hasTable ? (try file.partitionTable(path), path) : nil
    order = file.order
    let planned = all.filter { hasTable || $0.state == .active }
    guard !planned.isEmpty else {
      throw Complaints(
        Complaint(
          place: file.path, message: "every node of redirect.to drains; expected an active one"))
    }
    nodes = planned.map { NodeShare(name: $0.name, weight: Int($0.weight)) }
    drained = hasTable ? [] : all.filter { $0.state == .drain }.map(\.name)
  }

  /// A pool that there is no configuration of yet.
  init(nodes: [NodeShare]) {
    self.nodes = nodes
    drained = []
    table = nil
    order = WeightedOrder(weights: nodes.map { UInt32($0.weight) })
  }

  /// How many partitions: as asked, else (nil) what the nodes need; with a partitions file that is kept, its lines or as many
  /// as hold all users.
  func partitions(asked: Int?, users: Int, partitionSize: Int, writesPartitions: Bool) -> Int? {
    guard asked == nil, let lines = table?.contents.lines.count, !writesPartitions else {
      return asked
    }
    return max(
      lines == 0 ? min(nodes.count, users) : lines,
      Limits.leastPartitions(users: users, partitionSize: partitionSize))
  }

  /// Throws if the partitions file has more lines than there will be partitions.
  func requireLines(_ partitions: Int?) throws {
    guard let partitions, let (table, path) = table, partitions < table.lines.count else { return }
    throw Output.complain(
      "\(path) has \(table.lines.count) partitions; expected --partitions "
        + "\(table.lines.count) or more, not \(partitions)", ExitStatus.badData)
  }

  /// The node of each partition of the generation before, where those whose node is no more are dealt out to the nodes with
  /// fewest partitions for their weight.
  func dealt(_ primaries: [UInt32?]) -> [UInt32] {
    var counts = [Int](repeating: 0, count: nodes.count)
    for case let node? in primaries { counts[Int(node)] += 1 }
    return primaries.map { primary in
      if let primary { return primary }
      let next = nodes.indices.min {
        counts[$0] * nodes[$1].weight < counts[$1] * nodes[$0].weight
      }
      counts[next ?? 0] += 1
      return UInt32(next ?? 0)
    }
  }

  /// The pool with what the partitions file settles: the lines it has, and, unless it is written anew, also who gets the
  /// partitions beyond them.
  ///
  /// - Parameter partitions: how many partitions there will be; nil: not settled.
  func pool(partitions: Int?) -> Pool {
    guard let table = table?.contents else { return Pool(nodes: nodes) }
    let settled = partitions ?? table.lines.count
    let primaries = (0..<settled).map { index in
      table.firstNode(of: Partition(index + 1), order: order, where: { _ in true }) ?? 0
    }
    return Pool(nodes: nodes, primaries: primaries.map { UInt32($0) })
  }
}

/// A node as `--node` names it: `NAME` or `NAME=WEIGHT`.
struct NodeArgument {
  /// As `redirect.to.<node>.weight`.
  static let weights = 1...1000

  let node: NodeShare

  init(_ text: String) throws(Complaint) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    if let fault = Configuration.nodeNameFault(name) {
      throw Complaint(
        place: "--node \(text)", message: "expected a name of \(fault), then perhaps =WEIGHT")
    }
    guard let weight = parts.count == 1 ? 1 : Int(parts[1]), Self.weights.contains(weight) else {
      throw Complaint(
        place: "--node \(text)",
        message: "expected a weight of \(Self.weights.lowerBound) to \(Self.weights.upperBound)")
    }
    node = NodeShare(name: name, weight: weight)
  }
}

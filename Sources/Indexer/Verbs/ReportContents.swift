import Constraints
import Partitioning
import Shared

/// What the report's files tell: the page for people, the JSON for programs.
struct ReportContents {
  let header: DatabaseHeader
  let findings: PlacementFindings
  let placement: Placement
  var asked: Asked
  /// In how many units of load one session is counted.
  let unitsOfSession: Double
  let dropped: [Dropped]
  /// Nil without an earlier division.
  var moves: Moves?
  /// Nil without constraints.
  var keeping: Keeping?

  /// What the administrators wanted.
  struct Asked {
    /// Nil: as many as are needed.
    let partitions: Int?
    let partitionSize: Int
    let imbalance: Double
    let seed: UInt64
    let effort: String
    /// Of `--max-moved`.
    var mostMoved: Double?

    init(_ limits: Limits, partitions: Int?, seed: UInt64, effort: String) {
      self.partitions = partitions
      partitionSize = limits.partitionSize
      imbalance = limits.imbalance
      self.seed = seed
      self.effort = effort
    }
  }

  /// Roster entries without a tie, by reason.
  struct Dropped {
    let reason: String
    let count: Int
  }

  /// Whether there is a pool; without one each partition stands for a node.
  var hasPool: Bool { placement.nodes.contains { !$0.name.isEmpty } }

  /// An amount of load for people: in sessions.
  func sessions(_ units: Int) -> String {
    HTMLText.number(Int((Double(units) / unitsOfSession).rounded()))
  }

  /// For people: without a pool a node is called by its partition.
  func name(ofNode node: Int) -> String {
    let name = placement.nodes[node].name
    return name.isEmpty ? "partition \(node + 1)" : name
  }

  /// The node of a partition, both from 0.
  func node(ofPartition partition: Int) -> Int { Int(placement.nodeOf[partition]) }

  /// The partitions of each node, from 0.
  var partitionsOfNode: [[Int]] {
    var partitions = [[Int]](repeating: [], count: placement.nodes.count)
    for (partition, node) in placement.nodeOf.enumerated() {
      partitions[Int(node)].append(partition)
    }
    return partitions
  }

  /// The node of each row of the grid; where several share a row, what stands for them.
  var nodeOfRow: [Int] {
    findings.grid.kind == .partitions
      ? placement.nodeOf.map { Int($0) } : Array(0..<findings.grid.count)
  }

  /// The two rows of the grid on different nodes with the most ties between them, by name; nil if there are none.
  var mostCrossing: (ties: Int, one: String, other: String)? {
    let (grid, nodes) = (findings.grid, nodeOfRow)
    var most = (ties: 0, row: 0, column: 0)
    for row in 0..<grid.count {
      for column in 0..<row where nodes[row] != nodes[column] && grid[row, column] > most.ties {
        most = (grid[row, column], column, row)
      }
    }
    guard most.ties > 0 else { return nil }
    func name(_ row: Int) -> String {
      switch grid.kind {
      case .partitions:
        hasPool ? "partition \(row + 1) (\(self.name(ofNode: nodes[row])))" : "partition \(row + 1)"
      case .nodes: self.name(ofNode: row)
      case .runs: "partitions \(rowNames[row])"
      }
    }
    return (most.ties, name(most.row), name(most.column))
  }

  /// The name of each row of the grid, for people.
  var rowNames: [String] {
    (0..<findings.grid.count).map { row in
      switch findings.grid.kind {
      case .partitions:
        hasPool ? "\(row + 1) · \(name(ofNode: node(ofPartition: row)))" : "\(row + 1)"
      case .nodes: name(ofNode: row)
      case .runs(let length):
        "\(row * length + 1)–\(min((row + 1) * length, placement.nodeOf.count))"
      }
    }
  }
}

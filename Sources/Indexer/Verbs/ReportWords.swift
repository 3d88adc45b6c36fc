import Partitioning
import Shared

extension ReportContents {
  /// What the page shows in pictures, for the terminal: aligned with the other lines of `Report`.
  var words: [PoolReport.Line] {
    var lines = [
      (
        "at home", (findings.presenceKept * 100).decimal(digits: 2),
        "% of presence; at random \((findings.keptByChance * 100).decimal(digits: 2)) %"
      )
    ]
    if let most = mostTies {
      lines.append(("most ties", "\(most.ties)", "between \(most.one) and \(most.other)"))
    }
    lines.append(("networks cut", "\(findings.networks.betweenPartitions)", networks))
    return lines
  }

  /// The two rows of the grid with the most ties between them; nil if there are none.
  private var mostTies: (ties: Int, one: String, other: String)? {
    let grid = findings.grid
    var most = (ties: 0, row: 0, column: 0)
    for row in 0..<grid.count {
      for column in 0..<row where grid[row, column] > most.ties {
        most = (grid[row, column], column, row)
      }
    }
    guard most.ties > 0 else { return nil }
    func name(_ row: Int) -> String {
      switch grid.kind {
      case .partitions: "partition \(row + 1)"
      case .nodes: self.name(ofNode: row)
      case .runs: "partitions \(rowNames[row])"
      }
    }
    return (most.ties, name(most.row), name(most.column))
  }

  /// The first of the networks that were cut.
  private var networks: String {
    guard let largest = findings.networks.listed.first else { return "" }
    let between = hasPool ? " (\(largest.tiesBetweenNodes) between nodes)" : ""
    return """
      network \(largest.number) of \(largest.users) users into \(largest.parts.count) partitions, \
      \(largest.tiesBetweenPartitions) ties\(between)
      """
  }
}

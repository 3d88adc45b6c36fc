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
    if let most = mostCrossing {
      lines.append(("most ties", "\(most.ties)", "between \(most.one) and \(most.other)"))
    }
    lines.append(("networks cut", "\(findings.networks.betweenPartitions)", networks))
    return lines
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

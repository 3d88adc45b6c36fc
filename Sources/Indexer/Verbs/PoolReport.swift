import Partitioning
import Rosters

/// What the report says of nodes; empty where partitions stand for nodes.
struct PoolReport {
  /// Names to the left, numbers, words to the right.
  typealias Line = (name: String, value: String, note: String)

  /// How many nodes there are, how each is filled, and what could not be kept.
  private(set) var nodes: [Line] = []
  /// The ties between nodes.
  private(set) var cut: [Line] = []

  /// A line for each node of so many; of a larger pool only those above their limit.
  private static let mostNodes = 100

  init(
    _ placement: Placement, _ found: PlacementFindings, _ limits: Limits, _ loads: Loads?,
    drained: [String]
  ) {
    guard limits.pool.isNamed else { return }
    let measure = Measure(placement, found, loads)
    let allowed = limits.nodeLimits(of: measure.total)
    nodes.append(("nodes", "\(placement.nodes.count)", ""))
    for (index, node) in placement.nodes.enumerated() {
      let isAbove = measure.ofNodes[index] > allowed[index]
      guard isAbove || placement.nodes.count <= Self.mostNodes else { continue }
      let partitions = placement.nodeOf.count { $0 == UInt32(index) }
      var words = "in \(partitions) partition\(partitions == 1 ? "" : "s"); "
      if loads != nil { words += "\(measure.words(measure.ofNodes[index])) " }
      words += "of at most \(measure.words(allowed[index])) by weight \(node.weight)"
      if isAbove {
        words += "; above that for the sake of "
        words += loads == nil ? "" : "single users with much load, or "
        words += "the partitions' number and size"
      }
      nodes.append(("node \(node.name)", "\(found.nodes[index].users)", words))
    }
    for name in drained { nodes.append(("node \(name)", "0", "drains, so it gets nobody")) }
    if let loads { nodes += Self.lines(loads) }
    let (between, all) = (found.betweenNodes, found.all)
    cut = [
      (
        "ties between nodes", Report.decimal(between.share(of: all) * 100, digits: 2),
        "% (\(between.ties) of \(all.ties))"
      ),
      (
        "weight between nodes", Report.decimal(between.weightShare(of: all) * 100, digits: 2),
        "% (\(between.weight) of \(all.weight))"
      ),
    ]
  }

  private static func lines(_ loads: Loads) -> [Line] {
    var lines: [Line] = []
    if loads.unnamed > 0 {
      lines.append(("without load", "\(loads.unnamed)", "users, counted as one session each"))
    }
    if loads.strangers > 0 {
      lines.append(("loads left out", "\(loads.strangers)", "of names that are in no roster"))
    }
    return lines
  }
}

/// What counts for nodes: heads, or the loads of users.
private struct Measure {
  let ofNodes: [Int]
  let unitsOfSession: Double?

  init(_ placement: Placement, _ found: PlacementFindings, _ loads: Loads?) {
    unitsOfSession = loads?.unitsOfSession
    guard let loads else {
      ofNodes = found.nodes.map(\.users)
      return
    }
    var units = [Int](repeating: 0, count: placement.nodes.count)
    for (user, partition) in placement.partitionOf.enumerated() {
      units[Int(placement.nodeOf[Int(partition)])] += Int(loads.units[user])
    }
    ofNodes = units
  }

  var total: Int { ofNodes.reduce(0, +) }

  func words(_ amount: Int) -> String {
    guard let unitsOfSession else { return "\(amount)" }
    return "\(Report.decimal(Double(amount) / unitsOfSession, digits: 1)) sessions"
  }
}

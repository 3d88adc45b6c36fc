import Constraints
import Partitioning

/// What the report says of constraints and of the generation before.
struct HeedReport {
  private(set) var lines: [PoolReport.Line] = []

  init(_ moves: Moves?, mostMoved: Double, _ keeping: Keeping?) {
    if let moves { add(moves, mostMoved) }
    if let keeping { add(keeping) }
  }

  private mutating func add(_ moves: Moves, _ mostMoved: Double) {
    let known = moves.moved + moves.stayed
    let share = known == 0 ? 0 : Double(moves.moved) / Double(known)
    var words = "to another node, \(Report.decimal(share * 100, digits: 2)) % of \(known)"
    if moves.movedFromGone > 0 { words += "; \(moves.movedFromGone) whose node is no more" }
    if Double(moves.moved - moves.movedFromGone) > mostMoved * Double(known + moves.new) {
      words += "; more than --max-moved, as limits, rules or new nodes ask"
    }
    lines.append(("users moved", "\(moves.moved)", words))
    lines.append(("users new", "\(moves.new)", ""))
    lines.append(("users departed", "\(moves.departed)", ""))
  }

  private mutating func add(_ keeping: Keeping) {
    lines.append(
      (
        "rules kept", "\(keeping.kept)",
        keeping.spread == 0
          ? ""
          : "\(keeping.spread) users who stay together are in different partitions of their node"
      ))
    guard keeping.preferred > 0 else { return }
    lines.append(
      (
        "not as preferred", "\(keeping.elsewhere)",
        "of \(keeping.preferred) users are on other nodes"
      ))
  }
}

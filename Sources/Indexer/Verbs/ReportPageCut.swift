import Partitioning
import Shared

extension ReportPage {
  /// What was cut, at both levels.
  static func cut(_ contents: ReportContents) -> String {
    let findings = contents.findings
    var rows: [String] = []
    if contents.hasPool {
      rows.append(row("between nodes", findings.betweenNodes, findings))
    }
    rows.append(row("between partitions", findings.betweenPartitions, findings))
    let head = heads(
      [
        "ties", "<span class=\"hidden\">bar</span>", "#ties cut", "#share of ties", "#weight cut",
        "#share of weight",
      ])
    let words =
      contents.hasPool
      ? """
      Ties between nodes are what costs: presence and messages along them cross the network. Ties between partitions of one \
      node cost nothing today; they are what would cross if the node's partitions were moved apart.
      """
      : "Ties between partitions are what costs: presence and messages along them cross the network."
    let caption = """
      Of \(HTMLText.count(findings.all.ties, "tie", "ties")) with a weight of \(HTMLText.number(Int(clamping: findings.all.weight))) in all
      """
    return section(
      "cut", "The cut",
      "<p>\(words)</p>"
        + table(
          caption, name: "The cut", "\(head)\n<tbody>\n\(rows.joined(separator: "\n"))\n</tbody>"))
  }

  private static func row(
    _ name: String, _ cut: PlacementFindings.Cut, _ findings: PlacementFindings
  ) -> String {
    let (ties, weight) = (cut.share(of: findings.all), cut.weightShare(of: findings.all))
    return """
      <tr><th scope="row">\(name)</th><td class="wide">\(HTMLText.bar(ties, kind: "crossing"))</td>\
      <td class="n">\(HTMLText.number(cut.ties))</td><td class="n">\(HTMLText.percent(ties))</td>\
      <td class="n">\(HTMLText.number(Int(clamping: cut.weight)))</td><td class="n">\(HTMLText.percent(weight))</td></tr>
      """
  }

  /// What the numbers mean, for who wants to check them.
  static func meaning(_ contents: ReportContents) -> String {
    let findings = contents.findings
    let weight = HTMLText.number(Int(clamping: findings.all.weight))
    let between = HTMLText.number(Int(clamping: findings.betweenNodes.weight))
    let node = contents.hasPool ? "node" : "partition"
    return section(
      "meaning", "How this is counted",
      """
      <dl>
      <dt>Presence at home</dt>
      <dd>A user's presence goes to everybody with a tie to them. A tie weighs one for each direction in which presence goes, or \
      its traffic where the rosters tell it. At home stays<br><span class="formula">1 − weight between \(node)s ÷ weight of all ties \
      = 1 − \(between) ÷ \(weight) = \(HTMLText.percent(findings.presenceKept))</span></dd>
      <dt>At random</dt>
      <dd>Each user goes to a \(node) with a chance that is the \(node)'s share of all weights. Two users then meet with the chance<br>\
      <span class="formula">Σ (weight of the \(node) ÷ weight of all \(node)s)² = \(HTMLText.percent(findings.keptByChance))</span></dd>
      <dt>Ties that stay</dt>
      <dd>Of the ties that anybody there has, the share whose both ends are there.</dd>
      <dt>Network</dt>
      <dd>Users who are connected, however indirectly. Nearly everybody belongs to one giant network, which has to be cut.</dd>
      </dl>
      """)
  }
}

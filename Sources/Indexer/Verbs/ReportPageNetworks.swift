import Constraints
import Partitioning
import Shared

extension ReportPage {
  /// So many places of one network are named.
  private static let mostPlaces = 6

  /// Which networks were cut, and where.
  static func networks(_ contents: ReportContents) -> String {
    let networks = contents.findings.networks
    let cut = networks.betweenPartitions
    var words = """
      There \(networks.count == 1 ? "is" : "are") \(HTMLText.count(networks.count, "network", "networks")), \(networks.count == 1 ? "of" : "the largest of") \
      \(HTMLText.count(networks.largest, "user", "users")).
      """
    if cut == 0 { return section("networks", "Networks", "<p>\(words) None of them was cut.</p>") }
    words += " \(HTMLText.number(cut)) \(cut == 1 ? "was" : "were") cut between partitions"
    if contents.hasPool { words += ", \(HTMLText.number(networks.betweenNodes)) between nodes" }
    words += "."
    if networks.thoughFitting > 0 {
      words += """
         \(HTMLText.number(networks.thoughFitting)) of them would have fitted into one partition: others left no such room.
        """
    }
    let rows = networks.listed.map { row($0, contents) }
    let names =
      ["network", "#users"] + (contents.hasPool ? ["#ties between nodes"] : [])
      + ["#ties between partitions", "where its users are"]
    let left = cut - networks.listed.count
    let more =
      left == 0
      ? ""
      : """
      <p>\(HTMLText.count(left, "smaller one is", "smaller ones are")) not listed.</p>
      """
    return section(
      "networks", "Networks that were cut",
      "<p>\(words)</p>"
        + table(
          "Networks that were cut, the largest first", name: "Networks that were cut",
          "\(heads(names))\n<tbody>\n\(rows.joined(separator: "\n"))\n</tbody>") + more)
  }

  private static func row(_ network: CutNetwork, _ contents: ReportContents) -> String {
    let between =
      contents.hasPool ? "<td class=\"n\">\(HTMLText.number(network.tiesBetweenNodes))</td>" : ""
    return """
      <tr><th scope="row">\(network.number)</th><td class="n">\(HTMLText.number(network.users))</td>\(between)\
      <td class="n">\(HTMLText.number(network.tiesBetweenPartitions))</td><td class="places">\(places(network, contents))</td></tr>
      """
  }

  /// Nodes with their users of the network, most first; without a pool partitions.
  private static func places(_ network: CutNetwork, _ contents: ReportContents) -> String {
    var usersOf = [Int: Int]()
    for part in network.parts {
      usersOf[contents.node(ofPartition: part.partition), default: 0] += part.users
    }
    let nodes = usersOf.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var words = nodes.prefix(mostPlaces).map {
      "\(HTMLText.escaped(contents.name(ofNode: $0.key))): \(HTMLText.number($0.value))"
    }
    if nodes.count > words.count {
      let left = nodes.count - words.count
      words.append(
        contents.hasPool
          ? HTMLText.count(left, "more node", "more nodes")
          : HTMLText.count(left, "more partition", "more partitions"))
    }
    if contents.hasPool {
      words.append("in \(HTMLText.count(network.parts.count, "partition", "partitions"))")
    }
    return words.joined(separator: "; ")
  }

  /// Who has to move; nothing where there was no division before.
  static func moves(_ contents: ReportContents) -> String {
    guard let moves = contents.moves else { return "" }
    let before = moves.stayed + moves.moved
    let share = before == 0 ? 0 : Double(moves.moved) / Double(before)
    let rows = [
      ("stay on their node", moves.stayed), ("move to another node", moves.moved),
      ("of them: their node is no more", moves.movedFromGone),
      ("are new", moves.new), ("are gone", moves.departed),
    ].map { "<tr><th scope=\"row\">\($0.0)</th><td class=\"n\">\(HTMLText.number($0.1))</td></tr>" }
    let allowed =
      contents.asked.mostMoved.map { " At most \(HTMLText.percent($0)) were to move." } ?? ""
    return section(
      "moves", "Who moves",
      """
      <p>Of \(HTMLText.count(before, "user", "users")) who were there before, <b>\(HTMLText.percent(share))</b> get another \
      primary node.\(allowed)</p>
      \(table("Users", name: "Users moved", "<tbody>\n\(rows.joined(separator: "\n"))\n</tbody>"))
      """)
  }

  /// How far the administrators' constraints are kept; nothing where there are none.
  static func rules(_ contents: ReportContents) -> String {
    guard let keeping = contents.keeping else { return "" }
    let rows = [
      ("rules that must hold, and do", keeping.kept),
      (
        "users who are on their node with those they stay with, but in another partition",
        keeping.spread
      ),
      ("users for whom certain nodes are preferred", keeping.preferred),
      ("of them: on another node", keeping.elsewhere),
    ].map { "<tr><th scope=\"row\">\($0.0)</th><td class=\"n\">\(HTMLText.number($0.1))</td></tr>" }
    return section(
      "rules", "Constraints",
      table(
        "Constraints", name: "Constraints kept",
        "<tbody>\n\(rows.joined(separator: "\n"))\n</tbody>"))
  }

  /// What was wanted, and what the rosters held that is no tie.
  static func asked(_ contents: ReportContents) -> String {
    var entries: [(String, String)] = [
      ("partitions", contents.asked.partitions.map(HTMLText.number) ?? "as many as are needed"),
      ("users in a partition, at most", HTMLText.number(contents.asked.partitionSize)),
      ("imbalance", HTMLText.percent(contents.asked.imbalance)),
    ]
    entries.append(("effort", contents.asked.effort))
    entries.append(("seed", "\(contents.asked.seed)"))
    if let set = contents.header.set { entries.append(("set", set)) }
    entries.append(("profile", contents.header.profile.rawValue))
    if let domains = contents.header["domains"] { entries.append(("domains", domains)) }
    let list = entries.map { "<dt>\($0.0)</dt><dd>\(HTMLText.escaped($0.1))</dd>" }
    var body = "<dl class=\"pairs\">\(list.joined(separator: "\n"))</dl>"
    if !contents.dropped.isEmpty {
      let rows = contents.dropped.map {
        "<tr><th scope=\"row\">\(HTMLText.escaped($0.reason))</th><td class=\"n\">\(HTMLText.number($0.count))</td></tr>"
      }
      body += table(
        "Roster entries that are no tie", name: "Roster entries that are no tie",
        "\(heads(["reason", "#entries"]))\n<tbody>\n\(rows.joined(separator: "\n"))\n</tbody>")
    }
    return section("asked", "What was asked for", body)
  }
}

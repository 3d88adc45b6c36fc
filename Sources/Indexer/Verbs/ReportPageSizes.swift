import Partitioning
import Shared

extension ReportPage {
  /// Beyond so many rows nobody reads on; the JSON has them all.
  private static let mostRows = 1000

  /// How full nodes and partitions are.
  static func sizes(_ contents: ReportContents) -> String {
    let findings = contents.findings
    var body = "<p>\(fullest(contents))</p>"
    if contents.hasPool {
      body += nodes(contents)
    }
    if findings.partitions.count <= mostRows {
      body += partitions(contents)
    } else {
      body += """
        <p>The \(HTMLText.number(findings.partitions.count)) partitions are too many to be listed here: they hold \
        \(HTMLText.number(findings.partitions.map(\.users).min() ?? 0)) to \
        \(HTMLText.count(findings.partitions.map(\.users).max() ?? 0, "user", "users")). The JSON report has each.</p>
        """
    }
    return section("sizes", contents.hasPool ? "Nodes and partitions" : "Partitions", body)
  }

  private static func fullest(_ contents: ReportContents) -> String {
    let (parts, kind) =
      contents.hasPool
      ? (contents.findings.nodes, "node") : (contents.findings.partitions, "partition")
    let byLoad = contents.hasPool && parts.contains { $0.load != nil }
    func full(_ part: Int) -> Double { fill(parts[part], byLoad: byLoad) }
    guard let fullest = parts.indices.max(by: { full($0) < full($1) }) else {
      return ""
    }
    let name =
      contents.hasPool
      ? "The fullest node, <b>\(HTMLText.escaped(contents.name(ofNode: fullest)))</b>,"
      : "The fullest \(kind), <b>\(fullest + 1)</b>,"
    return """
      \(name) is at \(HTMLText.percent(full(fullest), digits: 1)) of what it may hold. \
      The mark in each bar is the limit.
      """
  }

  private static func nodes(_ contents: ReportContents) -> String {
    let parts = contents.findings.nodes
    let hasLoad = parts.contains { $0.load != nil }
    let longest = longest(parts, byLoad: hasLoad)
    let partitionsOfNode = contents.partitionsOfNode
    let rows = parts.indices.map { node in
      let part = parts[node]
      let load =
        part.load.map { "<td class=\"n\">\(contents.sessions(Int(clamping: $0)))</td>" } ?? ""
      return """
        <tr><th scope="row">\(HTMLText.escaped(contents.name(ofNode: node)))</th>\
        <td class="n">\(HTMLText.number(contents.placement.nodes[node].weight))</td>\
        <td class="wide">\(fillBar(part, longest, byLoad: hasLoad))</td><td class="n">\(HTMLText.number(part.users))</td>\(load)\
        <td class="n">\(hasLoad ? contents.sessions(part.limit) : HTMLText.number(part.limit))</td><td class="n">\(HTMLText.percent(fill(part, byLoad: hasLoad), digits: 1))</td>\
        \(inside(part))<td>\(runs(partitionsOfNode[node]))</td></tr>
        """
    }
    let head = heads(
      ["node", "#weight", "<span class=\"hidden\">bar</span>", "#users"]
        + (hasLoad ? ["#load"] : [])
        + ["#limit", "#full", "<span class=\"hidden\">bar</span>", "#ties that stay", "partitions"])
    let caption =
      hasLoad ? "Nodes; load and limit are expected sessions" : "Nodes; the limit is in users"
    return table(
      caption, name: "Nodes", "\(head)\n<tbody>\n\(rows.joined(separator: "\n"))\n</tbody>")
  }

  private static func partitions(_ contents: ReportContents) -> String {
    let parts = contents.findings.partitions
    let longest = longest(parts, byLoad: false)
    let rows = parts.indices.map { partition in
      let part = parts[partition]
      return """
        <tr><th scope="row">\(partition + 1)</th>\(homes(contents, partition))\
        <td class="wide">\(fillBar(part, longest, byLoad: false))</td><td class="n">\(HTMLText.number(part.users))</td>\
        <td class="n">\(HTMLText.number(part.limit))</td><td class="n">\(HTMLText.percent(fill(part, byLoad: false), digits: 1))</td>\
        \(inside(part))</tr>
        """
    }
    var names = ["partition"]
    if contents.hasPool { names.append("node") }
    if !contents.placement.fallbacks.isEmpty { names.append("fallbacks") }
    names += [
      "<span class=\"hidden\">bar</span>", "#users", "#limit", "#full",
      "<span class=\"hidden\">bar</span>", "#ties that stay",
    ]
    let list = table(
      "Partitions; the limit is in users", name: "Partitions",
      "\(heads(names))\n<tbody>\n\(rows.joined(separator: "\n"))\n</tbody>")
    // Nodes say enough at first, where there are any; a long list is for who asks for it.
    return parts.count <= TieGrid.most && !contents.hasPool
      ? list
      : """
      <details><summary>All \(HTMLText.count(parts.count, "partition", "partitions"))</summary>
      \(list)
      </details>
      """
  }

  private static func homes(_ contents: ReportContents, _ partition: Int) -> String {
    var cells = ""
    if contents.hasPool {
      let name = contents.name(ofNode: contents.node(ofPartition: partition))
      cells += "<td>\(HTMLText.escaped(name))</td>"
    }
    if !contents.placement.fallbacks.isEmpty {
      let names = contents.placement.fallbacks[partition].map { contents.name(ofNode: Int($0)) }
      // The first few tell where people go; a pool of hundreds names them all in redirect.partitions.
      let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
      cells += "<td class=\"whole\">\(HTMLText.escaped(shown))</td>"
    }
    return cells
  }

  /// What is limited: users, or on nodes the load where it is known.
  private static func amount(_ part: PlacementFindings.Part, byLoad: Bool) -> Int {
    byLoad ? Int(clamping: part.load ?? 0) : part.users
  }

  /// Of the most it may hold.
  private static func fill(_ part: PlacementFindings.Part, byLoad: Bool) -> Double {
    part.limit == 0 ? 0 : Double(amount(part, byLoad: byLoad)) / Double(part.limit)
  }

  /// All bars of a table have one scale.
  private static func longest(_ parts: [PlacementFindings.Part], byLoad: Bool) -> Double {
    Double(max(1, parts.map { max($0.limit, amount($0, byLoad: byLoad)) }.max() ?? 1))
  }

  private static func fillBar(
    _ part: PlacementFindings.Part, _ longest: Double, byLoad: Bool
  ) -> String {
    HTMLText.bar(
      Double(amount(part, byLoad: byLoad)) / longest, limit: Double(part.limit) / longest)
  }

  /// Two cells: a bar, and its number.
  private static func inside(_ part: PlacementFindings.Part) -> String {
    let all = part.tiesInside + part.tiesLeaving
    let share = all == 0 ? 0 : Double(part.tiesInside) / Double(all)
    return """
      <td class="narrow">\(HTMLText.bar(share, kind: "stay"))</td>\
      <td class="n">\(all == 0 ? "–" : HTMLText.percent(share, digits: 1))</td>
      """
  }

  /// `1–4, 9`, from partitions numbered from 0 in rising order.
  static func runs(_ partitions: [Int]) -> String {
    var runs: [(first: Int, last: Int)] = []
    for partition in partitions {
      if let last = runs.last, last.last + 1 == partition {
        runs[runs.count - 1].last = partition
      } else {
        runs.append((partition, partition))
      }
    }
    let words = runs.map {
      $0.first == $0.last ? "\($0.first + 1)" : "\($0.first + 1)–\($0.last + 1)"
    }
    return words.prefix(8).joined(separator: ", ") + (words.count > 8 ? ", …" : "")
  }
}

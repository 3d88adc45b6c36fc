import Partitioning
import Shared

extension ReportPage {
  /// The one figure, what it would be by chance, and how large all of it is.
  static func headline(_ contents: ReportContents) -> String {
    let findings = contents.findings
    let (kept, chance) = (findings.presenceKept, findings.keptByChance)
    let home = contents.hasPool ? "on its own node" : "in its own partition"
    var words = "of presence stays at home, \(home)."
    if findings.all.ties == 0 { words = "of presence stays at home: nobody has a tie to anybody." }
    return """
      <header>
      <p class="over">Generation \(contents.header.generation) · who lives where, and why</p>
      <h1><strong>\(HTMLText.percent(kept, digits: 1))</strong> <span>\(words)</span></h1>
      <p class="lead">\(comparison(contents))</p>
      <table class="versus">
      <caption class="hidden">Share of presence that stays at home</caption>
      <tr><th scope="row">placed by ties</th><td class="wide">\(HTMLText.bar(kept))</td>\
      <td class="n">\(HTMLText.percent(kept, digits: 1))</td></tr>
      <tr><th scope="row">placed at random</th><td class="wide">\(HTMLText.bar(chance, kind: "chance"))</td>\
      <td class="n">\(HTMLText.percent(chance, digits: 1))</td></tr>
      </table>
      <ul class="tiles">
      \(tiles(contents).map { "<li><b>\($0.number)</b> \($0.name)</li>" }.joined(separator: "\n"))
      </ul>
      </header>
      """
  }

  private static func comparison(_ contents: ReportContents) -> String {
    let findings = contents.findings
    let (crossing, byChance) = (1 - findings.presenceKept, 1 - findings.keptByChance)
    let places = contents.hasPool ? "nodes" : "partitions"
    if contents.placement.nodes.count == 1 {
      return contents.hasPool
        ? "There is one node only, so nothing has to leave it."
        : "There is one partition only, so nothing has to leave it."
    }
    let chance = """
      Placed at random, \(HTMLText.percent(findings.keptByChance, digits: 1)) would.
      """
    guard findings.all.ties > 0 else { return chance }
    guard crossing > 0 else { return "\(chance) Nothing has to travel between \(places)." }
    let times = byChance / crossing
    let fall = """
      What travels between \(places) is \(HTMLText.percent(crossing, digits: 1)) of all presence instead of \
      \(HTMLText.percent(byChance, digits: 1))
      """
    return times >= 1.05
      ? "\(chance) \(fall): \(times.decimal(digits: 1)) times less." : "\(chance) \(fall)."
  }

  private static func tiles(_ contents: ReportContents) -> [(number: String, name: String)] {
    let findings = contents.findings
    func tile(_ count: Int, _ one: String, _ many: String) -> (number: String, name: String) {
      (HTMLText.number(count), count == 1 ? one : many)
    }
    var tiles = [
      tile(findings.users, "user", "users"), tile(findings.all.ties, "tie", "ties"),
      tile(findings.networks.count, "network", "networks"),
    ]
    if contents.hasPool { tiles.append(tile(findings.nodes.count, "node", "nodes")) }
    tiles.append(tile(findings.partitions.count, "partition", "partitions"))
    if let moves = contents.moves { tiles.append(tile(moves.moved, "user moved", "users moved")) }
    return tiles
  }
}

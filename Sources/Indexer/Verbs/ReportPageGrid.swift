import Partitioning
import Shared

extension ReportPage {
  /// Shades of a cell; round numbers of ties divide them.
  private static let shades = 7
  /// Up to so many rows there is room for the numbers in the cells; beyond, they are read by pointing.
  private static let mostWritten = 20
  /// Up to so many, cells are larger than they must be.
  private static let mostLarge = 40

  /// Ties from everywhere to everywhere, as a table that is a picture.
  static func grid(_ contents: ReportContents) -> String {
    let grid = contents.findings.grid
    guard grid.count > 1 else { return "" }
    let order = order(contents)
    let bounds = bounds(grid)
    let names = contents.rowNames.map(HTMLText.escaped)
    let nodes = contents.nodeOfRow
    let head = order.map { "<th scope=\"col\" title=\"\(names[$0])\">\(short(contents, $0))</th>" }
    let rows = order.map { row in
      let cells = order.map { column in
        let shade = shade(grid[row, column], bounds)
        let kind =
          grid[row, column] == 0 ? "z" : nodes[row] == nodes[column] ? "t\(shade)" : "w\(shade)"
        return "<td class=\"\(kind)\">\(HTMLText.number(grid[row, column]))</td>"
      }
      return "<tr><th scope=\"row\">\(names[row])</th>\(cells.joined())</tr>"
    }
    let kind =
      grid.count <= mostWritten
      ? "grid" : grid.count <= mostLarge ? "grid dense some" : "grid dense"
    return section(
      "between", "Ties between \(what(grid.kind))",
      """
      <p>\(words(contents))</p>
      \(legend(bounds, hasPairsInside: hasPairsInside(contents)))
      <div id="readout" role="status"></div>
      \(table(
        "Number of ties between each two; on the diagonal those inside", name: "Ties between \(what(grid.kind))",
        kind: kind,
        "<thead><tr><td></td>\(head.joined())</tr></thead>\n<tbody>\n\(rows.joined(separator: "\n"))\n</tbody>"))
      """)
  }

  private static func what(_ kind: TieGrid.Kind) -> String {
    switch kind {
    case .partitions: "partitions"
    case .nodes: "nodes"
    case .runs: "runs of partitions"
    }
  }

  private static func words(_ contents: ReportContents) -> String {
    let grid = contents.findings.grid
    let partitions = HTMLText.number(contents.placement.nodeOf.count)
    let words =
      switch grid.kind {
      case .partitions: ""
      case .nodes: "\(partitions) partitions are too many for a picture, so each row is a node. "
      case .runs(let length):
        "\(partitions) partitions are too many for a picture, so each row is a run of \(length). "
      }
    guard let most = contents.mostCrossing else {
      return words + "No tie crosses the network."
    }
    return words + """
      Most ties that cross the network: <b>\(HTMLText.number(most.ties))</b>, between \(HTMLText.escaped(most.one)) and \
      \(HTMLText.escaped(most.other)).
      """
  }

  /// The partitions of a node stand together, so that nodes show as blocks.
  private static func order(_ contents: ReportContents) -> [Int] {
    let grid = contents.findings.grid
    guard grid.kind == .partitions else { return Array(0..<grid.count) }
    return contents.partitionsOfNode.flatMap(\.self)
  }

  private static func hasPairsInside(_ contents: ReportContents) -> Bool {
    contents.findings.grid.kind == .partitions
      && contents.partitionsOfNode.contains { $0.count > 1 }
  }

  private static func short(_ contents: ReportContents, _ row: Int) -> String {
    switch contents.findings.grid.kind {
    case .partitions, .nodes: "\(row + 1)"
    case .runs(let length): "\(row * length + 1)"
    }
  }

  /// The least number of ties of each shade but the first: the highest of 1, 2, 5, 10, 20 ... that any two rows reach.
  private static func bounds(_ grid: TieGrid) -> [Int] {
    var most = 0
    for row in 0..<grid.count {
      for column in 0..<row { most = max(most, grid[row, column]) }
    }
    var bounds: [Int] = []
    var step = 1
    while step <= most {
      bounds += [step, 2 * step, 5 * step].filter { $0 <= most && $0 > 1 }
      let (next, overflow) = step.multipliedReportingOverflow(by: 10)
      if overflow { break }
      step = next
    }
    return bounds.suffix(shades - 1)
  }

  private static func shade(_ ties: Int, _ bounds: [Int]) -> Int {
    1 + bounds.count { $0 <= ties }
  }

  private static func legend(_ bounds: [Int], hasPairsInside: Bool) -> String {
    let items = (0...bounds.count).map { index in
      let first = HTMLText.number(index == 0 ? 1 : bounds[index - 1])
      let words =
        index == bounds.count
        ? "\(first) and more" : "\(first)–\(HTMLText.number(bounds[index] - 1))"
      return """
        <li><i class="w\(index + 1)"></i><i class="t\(index + 1)"></i> \
        \(index < bounds.count && bounds[index] - 1 == (index == 0 ? 1 : bounds[index - 1]) ? first : words)</li>
        """
    }
    let inside = hasPairsInside ? "inside a partition or between two of one node" : "inside"
    return """
      <ul class="legend">
      <li><i class="z"></i> none</li>
      \(items.joined(separator: "\n"))
      <li class="key"><i class="w5"></i> crosses the network</li>
      <li class="key"><i class="t5"></i> stays: \(inside)</li>
      </ul>
      """
  }
}

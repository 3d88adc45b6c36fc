/// The contents of `redirect.partitions`: which nodes serve which partition.
///
/// Each line that is neither empty nor a comment is one partition, the first line partition 1:
/// `nodeA, nodeB, nodeC` = primary, then fallbacks in order. `#` and `!` start comments; the comment
/// `# set: ID` names the set of files that this one belongs to. A partition beyond the last line has a
/// fixed place in the weighted order of the nodes, the same on every edge.
public struct PartitionTable: Sendable, Equatable {
  /// The set of files that this one belongs to; nil if it names none.
  public let set: String?
  /// For partition p the line p - 1: indices into the nodes, primary first; never empty.
  public let lines: [[Int]]

  /// Reads a partitions file.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - file: the file's name, for complaints.
  ///   - nodes: names of the nodes, in the order of `redirect.to`.
  /// - Throws: a complaint for every line that is wrong.
  public init(parsing text: Span<UInt8>, file: String, nodes: [String]) throws(Complaints) {
    var parser = PartitionTableParser(file: file, nodes: nodes)
    var start = 0
    var number = 0
    while start < text.count {
      var end = start
      while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
      number += 1
      var line: [UInt8] = []
      for place in start..<end { line.append(text[place]) }
      parser.read(String(decoding: line, as: UTF8.self), number: number)
      start = end + 1
    }
    if !parser.complaints.isEmpty { throw Complaints(parser.complaints) }
    set = parser.set
    lines = parser.lines
  }

  /// Reads a partitions file that is an array of bytes.
  public init(parsing text: [UInt8], file: String, nodes: [String]) throws(Complaints) {
    try self.init(parsing: text.span, file: file, nodes: nodes)
  }

  /// Reads a partitions file that is a string.
  public init(parsing text: String, file: String, nodes: [String]) throws(Complaints) {
    try self.init(parsing: Array(text.utf8).span, file: file, nodes: nodes)
  }

  /// The first node of a partition that may be taken, nil if none may. Allocates nothing.
  ///
  /// - Parameter order: the weighted order of the nodes, for partitions beyond the last line.
  public func firstNode(
    of partition: Partition, order: WeightedOrder, where available: (Int) -> Bool
  ) -> Int? {
    guard partition > 0 else { return nil }
    let line = Int(partition) - 1
    if line < lines.count {
      for node in lines[line] where available(node) { return node }
      return nil
    }
    let first = line - lines.count
    for step in order.sequence.indices {
      // Each node occurs in one period, so one period asks all of them.
      let node = order.place(UInt64(first + step))
      if available(node) { return node }
    }
    return nil
  }

  /// All nodes of a partition in order of preference, each once: those that `firstNode` would try.
  public func nodes(of partition: Partition, order: WeightedOrder) -> [Int] {
    var nodes: [Int] = []
    // Nobody may be taken, so everybody is asked.
    _ = firstNode(of: partition, order: order) { node in
      if !nodes.contains(node) { nodes.append(node) }
      return false
    }
    return nodes
  }
}

private struct PartitionTableParser {
  let file: String
  let nodes: [String]
  private let indices: [String: Int]
  private(set) var complaints: [Complaint] = []
  private(set) var set: String?
  private(set) var lines: [[Int]] = []
  private var lineOfSet = 0

  init(file: String, nodes: [String]) {
    self.file = file
    self.nodes = nodes
    indices = Dictionary(
      nodes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func read(_ line: String, number: Int) {
    let place = SourcePlace(file: file, line: number)
    let text = ConfigurationText.trim(line[...])
    if text.isEmpty || text.first == "!" { return }
    if text.first == "#" { return readComment(text.dropFirst(), at: place) }
    var entry: [Int] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      let name = ConfigurationText.trim(name)
      if let node = indices[String(name)] {
        if entry.contains(node) {
          complaints.append(
            Complaint(at: place, "node \(Excerpt(name)) stands twice in the line; expected once"))
        } else {
          entry.append(node)
        }
      } else if name.isEmpty {
        complaints.append(
          Complaint(at: place, "an entry is empty; expected node names separated by commas"))
      } else {
        complaints.append(
          Complaint(at: place, "node \(Excerpt(name)) is not known; expected \(known)"))
      }
    }
    lines.append(entry)
  }

  private mutating func readComment(_ comment: Substring, at place: SourcePlace) {
    let comment = ConfigurationText.trim(comment)
    guard comment.hasPrefix("set:") else { return }
    let name = ConfigurationText.trim(comment.dropFirst("set:".count))
    if name.isEmpty {
      complaints.append(Complaint(at: place, "the set has no name; expected `# set: ID`"))
    } else if set != nil {
      complaints.append(
        Complaint(at: place, "line \(lineOfSet) names a set already; expected one `# set: ID`"))
    } else {
      set = String(name)
      lineOfSet = place.line
    }
  }

  private var known: String { ConfigurationText.nodes(nodes) }
}

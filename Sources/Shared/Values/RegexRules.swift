/// The contents of `redirect.regex`: where names of a certain look go.
///
/// Each line that is neither empty nor begins with `#` is `regular expression -> node or partition
/// number`; the last ` -> ` separates. The first line that matches the canonical name counts. The
/// expressions are those of `Pattern`.
public struct RegexRules: Sendable {
  /// Where a rule leads.
  public enum Result: Sendable, Equatable {
    /// To a node, by its index.
    case node(Int)
    /// To the nodes of a partition.
    case partition(Partition)
  }

  /// Memory that matching uses: one for each thread.
  public typealias Scratch = Pattern.Scratch

  /// The most steps that a character of a name may cost, all rules together: with the longest name
  /// (2047 bytes) 5 to 30 ms. Nearly every rule costs one (`PatternTable`); more rules belong into the
  /// map.
  public static let mostSteps = 4000

  private let rules: [(pattern: Pattern, result: Result)]
  /// The rules that lead to a partition, for checking whether there is one.
  public let partitions: [(place: SourcePlace, partition: Partition)]

  /// Reads a file of rules.
  ///
  /// - Parameters:
  ///   - text: the file's contents.
  ///   - file: the file's name, for complaints.
  ///   - nodes: names of the nodes, in the order of `redirect.to`.
  /// - Throws: a complaint for every line that is wrong.
  public init(parsing text: String, file: String, nodes: [String]) throws(Complaints) {
    var rules: [(pattern: Pattern, result: Result)] = []
    var partitions: [(place: SourcePlace, partition: Partition)] = []
    var complaints: [Complaint] = []
    var steps = 0
    let newline = UInt8(ascii: "\n")
    let lines = text.utf8.split(separator: newline, omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() {
      let line = ConfigurationText.trim(Substring(bytes))
      if line.isEmpty || line.utf8.first == UInt8(ascii: "#") { continue }
      let place = SourcePlace(file: file, line: index + 1)
      do throws(RuleFault) {
        let rule = try Self.rule(Substring(bytes), nodes)
        let before = steps
        steps += rule.pattern.stepsPerCharacter
        if before <= Self.mostSteps, steps > Self.mostSteps {
          throw RuleFault(
            "the rules cost too much from here; expected fewer of them, or expressions with fewer "
              + "alternatives under repetitions")
        }
        rules.append(rule)
        if case .partition(let partition) = rule.result { partitions.append((place, partition)) }
      } catch {
        complaints.append(Complaint(at: place, error.message))
      }
    }
    if !complaints.isEmpty { throw Complaints(complaints) }
    self.rules = rules
    self.partitions = partitions
  }

  /// The number of rules.
  public var count: Int { rules.count }

  /// Where the first rule that matches leads; nil if none does. Allocates its working memory.
  public func match(_ user: Span<UInt8>) -> Result? {
    var scratch = Scratch()
    return match(user, scratch: &scratch)
  }

  /// The same with memory that is used again.
  public func match(_ user: Span<UInt8>, scratch: inout Scratch) -> Result? {
    for index in rules.indices where rules[index].pattern.matches(user, scratch: &scratch) {
      return rules[index].result
    }
    return nil
  }

  private struct RuleFault: Error {
    let message: String
    init(_ message: String) { self.message = message }
  }

  private static func rule(
    _ line: Substring, _ nodes: [String]
  ) throws(RuleFault) -> (pattern: Pattern, result: Result) {
    guard let arrow = lastArrow(line) else {
      throw RuleFault(
        "no ` -> ` in \(Excerpt(line)); expected `regular expression -> node or partition number`")
    }
    let expression = ConfigurationText.trim(line[..<arrow.lowerBound])
    let target = ConfigurationText.trim(line[arrow.upperBound...])
    if expression.isEmpty {
      throw RuleFault("no regular expression before ` -> `; expected one, `.` for every user")
    }
    let result = try result(target, nodes)
    do throws(PatternError) {
      return (try Pattern(String(expression)), result)
    } catch {
      throw RuleFault("\(Excerpt(expression)) is no regular expression, \(error)")
    }
  }

  private static func result(_ target: Substring, _ nodes: [String]) throws(RuleFault) -> Result {
    // Names of nodes are never digits alone.
    let isNumber = target.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if isNumber, let partition = Partition(target), partition > 0 { return .partition(partition) }
    if let node = nodes.firstIndex(of: String(target)) { return .node(node) }
    throw RuleFault(
      "\(Excerpt(target)) is not known; expected \(ConfigurationText.nodes(nodes)), or a partition "
        + "number")
  }

  /// Where the last ` -> ` stands: an expression may have one too.
  private static func lastArrow(_ line: Substring) -> Range<Substring.Index>? {
    let arrow = Array(" -> ".utf8)
    let bytes = line.utf8
    var end = bytes.endIndex
    while let start = bytes.index(end, offsetBy: -arrow.count, limitedBy: bytes.startIndex) {
      if bytes[start..<end].elementsEqual(arrow) { return start..<end }
      end = bytes.index(before: end)
    }
    return nil
  }
}

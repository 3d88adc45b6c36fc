import Shared

/// Reads the lines of a constraints file one by one.
struct ConstraintParser {
  /// The regions are read before all else.
  enum Pass { case regions, rules }

  let nodes: [String]
  let profile: JIDProfile
  let domain: Domain?
  private(set) var regions: [String: (nodes: [Int], line: Int)] = [:]
  /// Steps that one character of a name costs, all expressions together.
  private var steps = 0

  /// As many as `redirect.regex` may cost; every user's name is looked at by every expression.
  private static let mostSteps = RegexRules.mostSteps
  /// Being elsewhere costs at most as much as so many ties: more than anybody has.
  static let greatestStrength: UInt32 = 1000

  init(nodes: [String], profile: JIDProfile, domain: Domain?) {
    self.nodes = nodes
    self.profile = profile
    self.domain = domain
  }

  /// What a line asks for; nil if it is empty, a comment, or of the other pass.
  mutating func demand(of bytes: ArraySlice<UInt8>, at place: SourcePlace, _ pass: Pass)
    throws(ConstraintFault) -> Constraint.Demand?
  {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      if pass == .regions { return nil }
      throw ConstraintFault("the line is not UTF-8")
    }
    var words = ConstraintWords(text[...])
    guard let rule = words.next(), rule.utf8.first != UInt8(ascii: "#") else { return nil }
    if (rule == "region") != (pass == .regions) { return nil }
    let rest = words.all()
    switch rule {
    case "region":
      try addRegion(rest, line: place.line)
      return nil
    case "together":
      if rest.first == "each" { return .togetherEach(list: try list(rest.dropFirst())) }
      return .together(try selectors(rest))
    case "apart":
      return .apart(try selectors(rest))
    case "pin", "must":
      if rest.first == "each" { return .mustEach(list: try list(rest.dropFirst())) }
      let (left, right) = try sides(rest)
      let nodes = try target(right, isOneNode: rule == "pin")
      return .must(try selectors(left), nodes: nodes)
    case "prefer":
      var rest = rest
      let strength = try strength(&rest)
      if rest.first == "each" {
        return .preferEach(list: try list(rest.dropFirst()), strength: strength)
      }
      let (left, right) = try sides(rest)
      return .prefer(
        try selectors(left), nodes: try target(right, isOneNode: false), strength: strength)
    case "limit":
      return try limit(rest)
    default:
      throw ConstraintFault(
        "\(Excerpt(rule)) is no rule; expected region, together, apart, pin, must, prefer or limit")
    }
  }

  /// `NAME = node, node`
  private mutating func addRegion(_ words: [Substring], line: Int) throws(ConstraintFault) {
    guard words.count >= 3, words[1] == "=" else {
      throw ConstraintFault("expected `region NAME = node, node`")
    }
    let name = String(words[0])
    if nodes.contains(name) {
      throw ConstraintFault("\(Excerpt(name)) is a node already; expected another name")
    }
    if let earlier = regions[name] {
      throw ConstraintFault(
        "region \(Excerpt(name)) stands in line \(earlier.line) already; expected once")
    }
    var members: [Int] = []
    for word in words.dropFirst(2).joined(separator: " ").split(whereSeparator: {
      ", ".contains($0)
    }) {
      members.append(try node(word))
    }
    guard !members.isEmpty else { throw ConstraintFault("expected at least one node after `=`") }
    regions[name] = (members, line)
  }

  private func node(_ name: Substring) throws(ConstraintFault) -> Int {
    guard let node = nodes.firstIndex(of: String(name)) else {
      throw ConstraintFault("\(Excerpt(name)) is not known; expected \(expectedNodes)")
    }
    return node
  }

  private var expectedNodes: String {
    nodes.isEmpty
      ? "a node, but there are none: give the pool with -c" : "a node: \(Self.shown(nodes))"
  }

  /// Names separated by commas, not all of them if there are many.
  private static func shown(_ names: [String]) -> String {
    let most = 20
    let shown = names.prefix(most).joined(separator: ", ")
    return names.count > most ? "\(shown) and \(names.count - most) more" : shown
  }

  /// What stands before and behind the last `->`.
  private func sides(_ words: [Substring]) throws(ConstraintFault) -> ([Substring], [Substring]) {
    guard let arrow = words.lastIndex(of: "->") else {
      throw ConstraintFault("no `->` with spaces around it; expected `USERS -> NODE or REGION`")
    }
    return (Array(words[..<arrow]), Array(words[(arrow + 1)...]))
  }

  private func target(_ words: [Substring], isOneNode: Bool) throws(ConstraintFault) -> [Int] {
    guard words.count == 1, let name = words.first else {
      throw ConstraintFault("expected one \(isOneNode ? "node" : "node or region") behind `->`")
    }
    if !isOneNode, let region = regions[String(name)] { return region.nodes }
    if isOneNode, regions[String(name)] != nil {
      throw ConstraintFault(
        "\(Excerpt(name)) is a region; expected a node (`must` takes regions)")
    }
    guard let node = nodes.firstIndex(of: String(name)) else {
      throw ConstraintFault(
        "\(Excerpt(name)) is not known; expected \(expectedNodes)"
          + (regions.isEmpty || isOneNode
            ? "" : ", or a region: \(Self.shown(regions.keys.sorted()))"))
    }
    return [node]
  }

  /// Takes `strength N` off the end; 1 without.
  private func strength(_ words: inout [Substring]) throws(ConstraintFault) -> UInt32 {
    guard words.count >= 2, words[words.count - 2] == "strength" else { return 1 }
    let number = words.removeLast()
    words.removeLast()
    guard let strength = UInt32(number), (1...Self.greatestStrength).contains(strength) else {
      throw ConstraintFault(
        "strength \(Excerpt(number)); expected a number from 1 to \(Self.greatestStrength)")
    }
    return strength
  }

  /// `node at most N users`
  private func limit(_ words: [Substring]) throws(ConstraintFault) -> Constraint.Demand {
    let form = "`limit NODE at most N users` (or at least; or sessions)"
    guard words.count == 5 else { throw ConstraintFault("expected \(form)") }
    let node = try node(words[0])
    guard let bound = Constraint.Bound(rawValue: "\(words[1]) \(words[2])"),
      let unit = Constraint.Unit(rawValue: String(words[4]))
    else { throw ConstraintFault("expected \(form)") }
    guard let amount = UInt32(words[3]) else {
      throw ConstraintFault("\(Excerpt(words[3])); expected a number up to \(UInt32.max)")
    }
    return .limit(node: node, bound: bound, amount: Int(amount), unit: unit)
  }

  private func list(_ words: ArraySlice<Substring>) throws(ConstraintFault) -> String {
    guard words.count == 1, let word = words.first, let path = Self.path(word) else {
      throw ConstraintFault("expected `file:PATH` behind `each`, and nothing else")
    }
    return path
  }

  private static func path(_ word: Substring) -> String? {
    guard word.utf8.starts(with: "file:".utf8), word.utf8.count > 5 else { return nil }
    return String(Substring(word.utf8.dropFirst(5)))
  }

  private mutating func selectors(_ words: [Substring]) throws(ConstraintFault) -> [Selector] {
    guard !words.isEmpty else {
      throw ConstraintFault("no users; expected user@domain, @domain, /expression/ or file:PATH")
    }
    var selectors: [Selector] = []
    for word in words { selectors.append(try selector(word)) }
    return selectors
  }

  private mutating func selector(_ word: Substring) throws(ConstraintFault) -> Selector {
    if let path = Self.path(word) { return .list(path) }
    if word.utf8.first == UInt8(ascii: "/") { return .pattern(try pattern(word)) }
    do throws(JIDError) {
      if word.utf8.first == UInt8(ascii: "@") {
        return .domain(try Domain(Substring(word.utf8.dropFirst()), profile: profile))
      }
      return .user(try User(word, profile: profile, domain: domain))
    } catch {
      throw ConstraintFault(
        "\(Excerpt(word)): \(error); expected user@domain, @domain, /expression/ or file:PATH")
    }
  }

  private mutating func pattern(_ word: Substring) throws(ConstraintFault) -> Pattern {
    guard word.utf8.count >= 3, word.utf8.last == UInt8(ascii: "/") else {
      throw ConstraintFault("\(Excerpt(word)) has no end; expected /expression/")
    }
    let expression = Substring(word.utf8.dropFirst().dropLast())
    let pattern: Pattern
    do throws(PatternError) {
      pattern = try Pattern(String(expression))
    } catch {
      throw ConstraintFault("\(Excerpt(word)) is no regular expression, \(error)")
    }
    steps += pattern.stepsPerCharacter
    guard steps <= Self.mostSteps else {
      throw ConstraintFault(
        "the expressions cost too much from here; expected fewer of them, or a list of users")
    }
    return pattern
  }
}

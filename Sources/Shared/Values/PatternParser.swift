/// Reads the text of a pattern: recursive descent over its characters.
///
///     alternatives = sequence ("|" sequence)*
///     sequence     = (atom quantifier?)*
///     atom         = character | "." | "^" | "$" | "[" set "]" | "\" escape | "(" alternatives ")"
struct PatternParser {
  /// Groups in groups: more are a mistake, and each takes stack.
  private static let deepest = 64
  /// A repetition of names' characters is never longer than the name (1023 bytes a part, RFC 7622).
  private static let mostRepetitions = 1023
  /// Characters of a pattern.
  private static let longest = 4096

  private let text: [Unicode.Scalar]
  var position = 0
  private var depth = 0

  private init(_ text: String) { self.text = Array(text.unicodeScalars) }

  static func parse(_ text: String) throws(PatternError) -> PatternSyntax {
    var parser = PatternParser(text)
    guard parser.text.count <= longest else {
      throw parser.error("the pattern is too long; expected at most \(longest) characters")
    }
    let syntax = try parser.alternatives()
    // Only a bracket that closes nothing ends them early.
    if parser.peek != nil { throw parser.error("`)` closes no group; expected \\) for a bracket") }
    return syntax
  }

  // MARK: Reading

  var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }

  mutating func take() -> Unicode.Scalar? {
    guard let scalar = peek else { return nil }
    position += 1
    return scalar
  }

  /// Takes `wanted` if it is what comes next.
  mutating func take(_ wanted: String) -> Bool {
    let wanted = Array(wanted.unicodeScalars)
    guard text[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  /// An error at a character; without one, at the next.
  func error(_ message: String, at place: Int? = nil) -> PatternError {
    PatternError(column: (place ?? position) + 1, message: message)
  }

  // MARK: Grammar

  private mutating func alternatives() throws(PatternError) -> PatternSyntax {
    var all = [try sequence()]
    while take("|") { all.append(try sequence()) }
    return all.count == 1 ? all[0] : .alternatives(all)
  }

  private mutating func sequence() throws(PatternError) -> PatternSyntax {
    var parts: [PatternSyntax] = []
    while let scalar = peek, scalar != "|", scalar != ")" {
      let atom = try atom()
      parts.append(try quantified(atom))
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func atom() throws(PatternError) -> PatternSyntax {
    let start = position
    guard let scalar = take() else { throw error("the pattern ends; expected a character") }
    switch scalar {
    case ".": return .any
    case "^": return .start
    case "$": return .end
    case "(": return try group(start)
    case "[": return .set(try set(start))
    case "\\":
      switch try escape(start) {
      case .character(let scalar): return .character(scalar)
      case .set(let set): return .set(set)
      }
    case "*", "+", "?", "{":
      throw error(
        "`\(scalar)` has nothing to repeat; expected \\\(scalar) for the character itself",
        at: start)
    default: return .character(scalar.value)
    }
  }

  private mutating func group(_ start: Int) throws(PatternError) -> PatternSyntax {
    if take("?") { try groupKind(start) }
    depth += 1
    guard depth <= Self.deepest else {
      throw error("groups too deep; expected at most \(Self.deepest) in each other", at: start)
    }
    let inside = try alternatives()
    depth -= 1
    guard take(")") else { throw error("`(` is not closed; expected `)`", at: start) }
    return inside
  }

  /// What follows `(?`.
  private mutating func groupKind(_ start: Int) throws(PatternError) {
    if take(":") { return }
    for look in ["=", "!", "<=", "<!"] where take(look) {
      throw error("look-around is not supported; expected (?: or ( for a group", at: start)
    }
    if take("P<") || take("<") {
      while let scalar = take(), scalar != ">" {
        guard PatternSet.word.contains(scalar.value) else {
          throw error("the group's name is wrong; expected (?<name>...)", at: position - 1)
        }
      }
      return
    }
    if take(">") {
      throw error("atomic groups are not supported; expected (?: or ( for a group", at: start)
    }
    throw error("flags and comments are not supported; expected (?: or ( for a group", at: start)
  }

  // MARK: Quantifiers

  private mutating func quantified(_ atom: PatternSyntax) throws(PatternError) -> PatternSyntax {
    let start = position
    guard let (least, most) = try quantifier() else { return atom }
    switch atom {
    case .start, .end:
      throw error("`^` and `$` cannot be repeated; expected a character or a group", at: start)
    default: break
    }
    if take("+") {
      throw error("possessive quantifiers are not supported; expected none", at: position - 1)
    }
    // Lazy or greedy: whether there is a match is the same.
    _ = take("?")
    let second = position
    if try quantifier() != nil {
      throw error("a repetition is repeated; expected a group (?:...) around it", at: second)
    }
    return .repeated(atom, least: least, most: most)
  }

  private mutating func quantifier() throws(PatternError) -> (least: Int, most: Int?)? {
    let start = position
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    guard take("{") else { return nil }
    let expected = "expected {m}, {m,} or {m,n}, or \\{ for a brace"
    guard let least = number() else { throw error("no number; \(expected)") }
    var most: Int? = least
    if take(",") { most = number() }
    guard take("}") else { throw error("the repetition is not closed; \(expected)") }
    guard max(least, most ?? 0) <= Self.mostRepetitions else {
      throw error("too many repetitions; expected at most \(Self.mostRepetitions)", at: start)
    }
    if let most, most < least {
      throw error("{\(least),\(most)} is upside down; expected {\(most),\(least)}", at: start)
    }
    return (least, most)
  }

  private mutating func number() -> Int? {
    var number: Int?
    while let scalar = peek, PatternSet.digits.contains(scalar.value) {
      position += 1
      // Beyond the bound it only has to stay beyond.
      number = min((number ?? 0) * 10 + Int(scalar.value) - 48, Self.mostRepetitions + 1)
    }
    return number
  }
}

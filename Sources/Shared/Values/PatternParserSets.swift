// `[...]` and what stands behind a backslash.

extension PatternParser {
  enum Escape {
    case character(UInt32)
    case set(PatternSet)
  }

  /// What follows `[`.
  mutating func set(_ start: Int) throws(PatternError) -> PatternSet {
    let isInverted = take("^")
    if peek == "]" { throw error("the set is empty; expected \\] for a bracket in it") }
    var ranges: [ClosedRange<UInt32>] = []
    var set = PatternSet([])
    while true {
      let place = position
      guard peek != nil else { throw error("`[` is not closed; expected `]`", at: start) }
      if take("]") { break }
      switch try setMember() {
      case .set(let member): set = set.union(member)
      case .character(let first):
        guard let last = try rangeEnd() else {
          ranges.append(first...first)
          continue
        }
        guard first <= last else {
          throw error("the range is upside down; expected its lower end first", at: place)
        }
        ranges.append(first...last)
      }
    }
    set = set.union(PatternSet(ranges))
    return isInverted ? set.inverted : set
  }

  private mutating func setMember() throws(PatternError) -> Escape {
    let start = position
    if take("[:") || take("[=") || take("[.") {
      throw error("POSIX classes are not supported; expected ranges, \\d, \\w or \\s", at: start)
    }
    guard let scalar = take() else { throw error("the set is not closed; expected `]`") }
    switch scalar {
    case "[": throw error("a set in a set; expected \\[ for a bracket", at: start)
    case "\\": return try escape(start)
    default: return .character(scalar.value)
    }
  }

  /// The upper end of a range if one follows: `-` at the end of a set is itself.
  private mutating func rangeEnd() throws(PatternError) -> UInt32? {
    let start = position
    guard take("-") else { return nil }
    if peek == "]" || peek == nil {
      position = start
      return nil
    }
    switch try setMember() {
    case .character(let scalar): return scalar
    case .set:
      throw error("a range ends with a set; expected a character, or \\- for a dash", at: start)
    }
  }

  /// What follows a backslash at `start`.
  mutating func escape(_ start: Int) throws(PatternError) -> Escape {
    guard let scalar = take() else {
      throw error("the pattern ends with a backslash; expected \\\\ for a backslash", at: start)
    }
    switch scalar {
    case "d": return .set(.digits)
    case "D": return .set(PatternSet.digits.inverted)
    case "w": return .set(.word)
    case "W": return .set(PatternSet.word.inverted)
    case "s": return .set(.space)
    case "S": return .set(PatternSet.space.inverted)
    case "t": return .character(9)
    case "n": return .character(10)
    case "f": return .character(12)
    case "r": return .character(13)
    case "x": return .character(take("{") ? try braced(start) : try hexadecimal(2, start))
    case "u": return .character(try hexadecimal(4, start))
    case "0"..."9", "k", "g":
      throw error("backreferences are not supported; expected the text itself", at: start)
    case "b", "B", "A", "z", "Z", "G":
      throw error(
        "\\\(scalar) is not supported; expected ^ or $ for the ends of the name", at: start)
    case "p", "P", "N", "X", "R", "h", "H", "v", "V":
      throw error("Unicode classes are not supported; expected ranges, \\d, \\w or \\s", at: start)
    case "a"..."z", "A"..."Z":
      throw error("\\\(scalar) means nothing; expected \(scalar) for the letter", at: start)
    default: return .character(scalar.value)
    }
  }

  /// `H...}` behind `\x{`.
  private mutating func braced(_ start: Int) throws(PatternError) -> UInt32 {
    var digits = 0
    while let scalar = peek, scalar.properties.isASCIIHexDigit {
      position += 1
      digits += 1
    }
    let end = position
    // Six digits write every scalar.
    guard (1...6).contains(digits), take("}") else {
      throw error("the number is wrong; expected \\x{H...} with 1 to 6 digits", at: start)
    }
    position = end - digits
    let scalar = try hexadecimal(digits, start)
    position += 1
    return scalar
  }

  private mutating func hexadecimal(_ digits: Int, _ start: Int) throws(PatternError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let scalar = take(), let digit = Character(scalar).hexDigitValue, scalar.isASCII else {
        throw error("the number is wrong; expected \(digits) hexadecimal digits", at: start)
      }
      value = value << 4 | UInt32(digit)
    }
    guard Unicode.Scalar(value) != nil else {
      throw error("the number is no character; expected a Unicode scalar", at: start)
    }
    return value
  }
}

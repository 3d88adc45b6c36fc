import SeededNumbers
import Testing

@testable import Shared

/// Random small patterns and texts, against Swift's own matcher.
@Suite("Pattern against Regex")
struct PatternDifferentialTests {
  /// A pattern that both read in the same way.
  private static func pattern(_ depth: Int, _ generator: inout SeededGenerator) -> String {
    let atoms = [
      "a", "b", "é", ".", "[ab]", "[^a]", "[a-c]", "\\d", "\\w", "\\W", "\\s", "[^\\d]", "[é-ö\\s]",
      "\\.", "1",
    ]
    let quantifiers = [
      "", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,2}", "{2,}", "*?", "+?", "??",
    ]
    func pick(_ words: [String]) -> String { words.randomElement(using: &generator)! }
    if depth == 0 { return pick(atoms) }
    switch Int.random(in: 0..<7, using: &generator) {
    case 0, 1: return pattern(depth - 1, &generator) + pattern(depth - 1, &generator)
    case 2: return "(?:\(pattern(depth - 1, &generator))|\(pattern(depth - 1, &generator)))"
    case 3: return "(\(pattern(depth - 1, &generator)))" + pick(quantifiers)
    case 4: return "(?:\(pattern(depth - 1, &generator))|)" + pick(quantifiers)
    case 5: return pick(["^", ""]) + pattern(depth - 1, &generator) + pick(["$", ""])
    default: return pick(atoms) + pick(quantifiers)
    }
  }

  @Test("both agree", arguments: 0..<8)
  func agreement(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let letters = ["a", "b", "c", "é", "1", " ", "."]
    var matched = 0
    var asked = 0
    for _ in 0..<400 {
      let text = Self.pattern(Int.random(in: 0...4, using: &generator), &generator)
      let ours = try Pattern(text)
      let program = try Pattern(text, mayHaveTable: false)
      let theirs = try Regex(text).matchingSemantics(.unicodeScalar)
        .asciiOnlyDigits().asciiOnlyWordCharacters().asciiOnlyWhitespace()
      var scratch = Pattern.Scratch()
      for _ in 0..<12 {
        let name = (0..<Int.random(in: 0...6, using: &generator))
          .map { _ in letters.randomElement(using: &generator)! }.joined()
        let expected = try theirs.firstMatch(in: name) != nil
        let result = ours.matches(Array(name.utf8).span, scratch: &scratch)
        let followed = program.matches(Array(name.utf8).span, scratch: &scratch)
        #expect(result == expected, "\(text) on `\(name)`")
        #expect(followed == expected, "\(text) on `\(name)`, without a table")
        asked += 1
        matched += expected ? 1 : 0
      }
    }
    // Neither nearly always nor nearly never: the cases must be able to tell.
    #expect(matched > asked / 10 && matched < asked - asked / 10)
  }
}

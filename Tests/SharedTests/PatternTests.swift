import SeededNumbers
import Testing

@testable import Shared

private func matches(_ pattern: String, _ text: String) throws -> Bool {
  try matches(pattern, Array(text.utf8))
}

/// What both ways of matching say.
private func matches(_ pattern: String, _ text: [UInt8]) throws -> Bool {
  let tabled = try Pattern(pattern).matches(text.span)
  let followed = try Pattern(pattern, mayHaveTable: false).matches(text.span)
  #expect(tabled == followed, "\(pattern) on \(text)")
  return followed
}

@Suite("Pattern")
struct PatternTests {
  @Test(
    "what matches and what does not",
    arguments: [
      ("", ["", "a"], []),
      ("a", ["a", "ba", "ab"], ["", "b"]),
      ("abc", ["abc", "xxabcxx", "ababc"], ["ab", "acb"]),
      ("^a", ["a", "ab"], ["ba", ""]),
      ("a$", ["a", "ba"], ["ab", "", "a\n"]),
      ("^a$", ["a"], ["aa", "ba", ""]),
      ("^$", [""], ["a"]),
      ("$^", [""], ["a"]),
      ("a^b", [], ["ab", "a^b"]),
      ("^a|b", ["a", "ab", "xb"], ["xa"]),
      ("(^a|^b)c", ["ac", "bc"], ["xac"]),
      (".", ["a", "é", "\u{1f600}", "\n"], [""]),
      ("^.$", ["a", "é", "\u{1f600}"], ["", "ab", "e\u{301}"]),
      ("a*", ["", "b"], []),
      ("^a*$", ["", "a", "aaaa"], ["b", "aab"]),
      ("^a+$", ["a", "aaaa"], ["", "ab"]),
      ("^a?b$", ["b", "ab"], ["aab", "a"]),
      ("^a{2}$", ["aa"], ["a", "aaa"]),
      ("^a{2,}$", ["aa", "aaa", "aaaaaa"], ["a", ""]),
      ("^a{1,3}$", ["a", "aa", "aaa"], ["", "aaaa"]),
      ("^a{0}b$", ["b"], ["ab"]),
      ("^(ab|c){2}d$", ["ababd", "abcd", "ccd"], ["abd", "cd"]),
      ("^(a*)*$", ["", "aaa"], ["b"]),
      ("^(a*)+b$", ["b", "aab"], ["a"]),
      ("^(|a)+$", ["", "aaa"], ["b"]),
      ("^a*?b+?c??$", ["b", "aabbc"], ["ac"]),
      ("^(?:a|b)(?<name>c)(?P<other>d)$", ["acd", "bcd"], ["ad"]),
      ("^()$", [""], ["a"]),
      ("^[a-c]$", ["a", "b", "c"], ["d", "-", ""]),
      ("^[^a-c]$", ["d", "é", "^"], ["a", "b", ""]),
      ("^[-a]$", ["-", "a"], ["b"]),
      ("^[a-]$", ["-", "a"], ["b"]),
      ("^[a^]$", ["a", "^"], ["b"]),
      ("^[\\d\\-x]$", ["0", "9", "-", "x"], ["a"]),
      ("^[^\\d]$", ["a"], ["5"]),
      ("^[\\D]$", ["a"], ["5"]),
      ("^[à-ï]$", ["é"], ["e", "ø"]),
      ("^[\\x{1f600}-\\x{1f64f}]$", ["\u{1f600}", "\u{1f64f}"], ["\u{1f650}"]),
      ("^\\x41\\u00e9\\x{e9}$", ["Aéé"], ["A"]),
      ("^\\d\\D\\w\\W\\s\\S$", ["0a_- x"], ["aa_- x", "0a_a x"]),
      ("^\\t\\n\\r\\f$", ["\t\n\r\u{c}"], ["tnrf"]),
      ("^\\.\\*\\\\\\[\\]\\{\\}\\/\\@\\ \\#$", [".*\\[]{}/@ #"], [""]),
      ("^]}$", ["]}"], ["]"]),
      ("@sales\\.example$", ["a@sales.example"], ["a@salesxexample", "a@sales.example.org"]),
      ("^(anna|bert)@", ["anna@x", "bert@x"], ["hanna@x", "an@x"]),
    ] as [(String, [String], [String])])
  func table(pattern: String, matching: [String], others: [String]) throws {
    for text in matching { #expect(try matches(pattern, text), "\(pattern) on \(text)") }
    for text in others { #expect(try !matches(pattern, text), "\(pattern) on \(text)") }
  }

  @Test(
    "what is no pattern, and where",
    arguments: [
      ("(a", 1, "`(` is not closed; expected `)`"),
      ("ab(c(d)", 3, "`(` is not closed; expected `)`"),
      ("a)", 2, "`)` closes no group; expected \\) for a bracket"),
      ("[a", 1, "`[` is not closed; expected `]`"),
      ("[]", 2, "the set is empty; expected \\] for a bracket in it"),
      ("[^]", 3, "the set is empty; expected \\] for a bracket in it"),
      ("[b-a]", 2, "the range is upside down; expected its lower end first"),
      ("[a-\\d]", 3, "a range ends with a set; expected a character, or \\- for a dash"),
      ("[[:alpha:]]", 2, "POSIX classes are not supported; expected ranges, \\d, \\w or \\s"),
      ("[a[b]]", 3, "a set in a set; expected \\[ for a bracket"),
      ("*a", 1, "`*` has nothing to repeat; expected \\* for the character itself"),
      ("a|+", 3, "`+` has nothing to repeat; expected \\+ for the character itself"),
      ("({2})", 2, "`{` has nothing to repeat; expected \\{ for the character itself"),
      ("^*", 2, "`^` and `$` cannot be repeated; expected a character or a group"),
      ("a**", 3, "a repetition is repeated; expected a group (?:...) around it"),
      ("a++", 3, "possessive quantifiers are not supported; expected none"),
      ("a{", 3, "no number; expected {m}, {m,} or {m,n}, or \\{ for a brace"),
      ("a{,3}", 3, "no number; expected {m}, {m,} or {m,n}, or \\{ for a brace"),
      ("a{1", 4, "the repetition is not closed; expected {m}, {m,} or {m,n}, or \\{ for a brace"),
      ("a{3,1}", 2, "{3,1} is upside down; expected {1,3}"),
      ("a{1024}", 2, "too many repetitions; expected at most 1023"),
      ("a{99999999999999999999}", 2, "too many repetitions; expected at most 1023"),
      ("(a)\\1", 4, "backreferences are not supported; expected the text itself"),
      ("a(?=b)", 2, "look-around is not supported; expected (?: or ( for a group"),
      ("(?<!b)", 1, "look-around is not supported; expected (?: or ( for a group"),
      ("(?>b)", 1, "atomic groups are not supported; expected (?: or ( for a group"),
      ("(?i)b", 1, "flags and comments are not supported; expected (?: or ( for a group"),
      ("(?<a b>c)", 5, "the group's name is wrong; expected (?<name>...)"),
      ("\\bx", 1, "\\b is not supported; expected ^ or $ for the ends of the name"),
      ("\\p{L}", 1, "Unicode classes are not supported; expected ranges, \\d, \\w or \\s"),
      ("\\y", 1, "\\y means nothing; expected y for the letter"),
      ("é\\", 2, "the pattern ends with a backslash; expected \\\\ for a backslash"),
      ("\\x4", 1, "the number is wrong; expected 2 hexadecimal digits"),
      ("\\x{}", 1, "the number is wrong; expected \\x{H...} with 1 to 6 digits"),
      ("\\ud800", 1, "the number is no character; expected a Unicode scalar"),
    ] as [(String, Int, String)])
  func errors(text: String, column: Int, message: String) throws {
    let error = try #require(throws: PatternError.self) { try Pattern(text) }
    #expect(error.column == column, "\(text)")
    #expect(error.message == message, "\(text)")
  }

  @Test(
    "what would be too large is refused before it is made",
    arguments: [
      "((a{1000}){1000}){1000}", "(((((((a{1023}){1023}){1023}){1023}){1023}){1023}){1023}){1023}",
      "[a-z]{1000}[a-z]{1000}", String(repeating: "a", count: 2001),
      String(repeating: "()", count: 3000),
      String(repeating: "(", count: 1000) + String(repeating: ")", count: 1000),
    ])
  func large(text: String) {
    #expect(throws: PatternError.self) { try Pattern(text) }
  }

  @Test("bytes that are no UTF-8 are one U+FFFD each")
  func foreignBytes() throws {
    for bytes in [[0xff, 0xfe], [0xc0, 0x80], [0xe2, 0x82], [0x80, 0xc3]] as [[UInt8]] {
      #expect(try matches("^a\\x{fffd}{2}b$", [0x61] + bytes + [0x62]), "\(bytes)")
    }
    #expect(try matches("^.{3}$", [0xed, 0xa0, 0x80]))
    #expect(try matches("^.$", [0xf4, 0x8f, 0xbf, 0xbf]))
  }

  @Test("the same memory serves any patterns in any order")
  func scratch() throws {
    let patterns = try ["^(a|b)*c$", "a", "x{50}", "^$", "[^a]+b{3,9}"].flatMap {
      [try Pattern($0), try Pattern($0, mayHaveTable: false)]
    }
    var scratch = Pattern.Scratch()
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
        UInt8(ascii: ["a", "b", "c", "x"].randomElement(using: &generator)!)
      }
      let pattern = patterns.randomElement(using: &generator)!
      let again = pattern.matches(text.span, scratch: &scratch)
      let afresh = pattern.matches(text.span)
      #expect(again == afresh)
    }
  }

  @Test(
    "no text makes a pattern slow: steps grow with the text, never faster",
    arguments: [
      // What makes backtracking matchers exponential or quadratic.
      "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*b", "^(a*)*b", "(x+x+)+y", "^([a-z]+)*@$",
      "(a?){50}a{50}$", ".*.*.*.*=", "^(.*a){20}b$",
    ])
  func linear(text: String) throws {
    for mayHaveTable in [true, false] {
      try isLinear(Pattern(text, mayHaveTable: mayHaveTable))
    }
  }

  private func isLinear(_ pattern: Pattern) {
    for filler in ["a", "x", "é"] {
      var steps: [Int] = []
      for length in [250, 500, 1000, 2000] {
        var scratch = Pattern.Scratch()
        let name = Array((String(repeating: filler, count: length) + "!").utf8)
        _ = pattern.matches(name.span, scratch: &scratch)
        #expect(scratch.steps <= pattern.stepsPerCharacter * (length + 2))
        steps.append(scratch.steps)
      }
      // Of twice as much more text, twice as many more steps.
      #expect(steps[2] - steps[1] <= 2 * (steps[1] - steps[0]))
      #expect(steps[3] - steps[2] <= 2 * (steps[2] - steps[1]))
    }
  }

  @Test("what people write costs one step a character")
  func tables() throws {
    for text in [
      "@sales\\.example$", "^.*@sales\\.example$", "^(anna|bert|carl)@", "^[a-m]",
      "^[a-z]{1,64}@x$",
      "^[à-ÿ\\w.-]+@(.+\\.)?example\\.(com|org)$", "^[a-z]{1000}$", "",
    ] { #expect(try Pattern(text).stepsPerCharacter == 1, "\(text)") }
    // 2^20 states and more than a table's entries.
    for text in ["a.{20}b", "(a|b)*a(a|b){30}c"] {
      let pattern = try Pattern(text)
      #expect(pattern.stepsPerCharacter > 1, "\(text)")
    }
  }
}

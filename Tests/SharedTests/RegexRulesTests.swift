import Shared
import Testing

@Suite("RegexRules")
struct RegexRulesTests {
  private static let nodes = ["imA", "imB"]

  private func rules(_ text: String) throws -> RegexRules {
    try RegexRules(parsing: text, file: "redirect.regex", nodes: Self.nodes)
  }

  @Test("the first line that matches counts")
  func order() throws {
    let rules = try rules(
      """
      # people of the office
      @sales\\.example$ -> imB

      ^(anna|bert)@ -> 7\r
        ^[a-m].*@ -> imA
      !  -> 12
      . -> 3 -> imB
      """)
    #expect(rules.count == 5)
    #expect(rules.partitions.map(\.place.line) == [4, 6])
    #expect(rules.partitions.map(\.partition) == [7, 12])
    var scratch = RegexRules.Scratch()
    for (user, result) in [
      ("anna@sales.example", .node(1)), ("anna@x.example", .partition(7)),
      ("carl@x.example", .node(0)), ("zoe!@x.example", .partition(12)),
      ("zoe@x.example", nil), ("zoe -> 4", nil), ("zx -> 3", .node(1)),
    ] as [(String, RegexRules.Result?)] {
      let again = rules.match(Array(user.utf8).span, scratch: &scratch)
      let afresh = rules.match(Array(user.utf8).span)
      #expect(again == result, "\(user)")
      #expect(afresh == result, "\(user)")
    }
  }

  @Test("an empty file has no rules")
  func empty() throws {
    #expect(try rules("").count == 0)
    let result = try rules("\n# nothing\n").match([0x61].span)
    #expect(result == nil)
  }

  @Test("everything that is wrong is told, with its line")
  func complaints() throws {
    let complaints = try #require(throws: Complaints.self) {
      try rules(
        """
        ^(bob@ -> imA
        ^bob@ -> nobody
        ^bob@ imA
        # fine
         -> imA
        ^bob@ -> 0
        ^bob@ -> +1
        ^bob@ -> 4294967296
        ^bob@ -> imA, imB
        """)
    }
    let known = "expected a node of redirect.to: imA, imB, or a partition number"
    #expect(
      complaints.all.map(\.description) == [
        "redirect.regex:1: `^(bob@` is no regular expression, column 2: `(` is not closed; expected `)`",
        "redirect.regex:2: `nobody` is not known; \(known)",
        "redirect.regex:3: no ` -> ` in `^bob@ imA`; expected `regular expression -> node or partition number`",
        "redirect.regex:5: no regular expression before ` -> `; expected one, `.` for every user",
        "redirect.regex:6: `0` is not known; \(known)",
        "redirect.regex:7: `+1` is not known; \(known)",
        "redirect.regex:8: `4294967296` is not known; \(known)",
        "redirect.regex:9: `imA, imB` is not known; \(known)",
      ])
  }

  @Test("all rules together are bounded")
  func bounded() throws {
    let cheap = "^a -> imA\n"
    #expect(try rules(String(repeating: cheap, count: 4000)).count == 4000)
    // No table: twice its 903 instructions a character.
    let dear = "a.{900}b -> imA\n"
    #expect(try rules(String(repeating: dear, count: 2)).count == 2)
    for (rule, line) in [(cheap, 4001), (dear, 3)] {
      let complaints = try #require(throws: Complaints.self) {
        try rules(String(repeating: rule, count: line + 2))
      }
      #expect(complaints.all.count == 1)
      #expect(complaints.all[0].place == "redirect.regex:\(line)")
    }
  }
}

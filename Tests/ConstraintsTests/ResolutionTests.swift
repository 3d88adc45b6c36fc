import Constraints
import Partitioning
import Rosters
import Shared
import Testing

/// Whom rules mean, and which contradict each other.
@Suite struct ResolutionTests {
  @Test func selectors() throws {
    var book = Rulebook()
    book.domain = try Domain("a.example", profile: .nodeprep)
    book.lists = ["list": "u07\nU08@A.example/home\r\n\n# nobody else\n"]
    let rules = try book.resolve(
      "pin /^u0[12]/ -> im1\npin @b.example -> im2\npin file:list u09 -> im3\n"
    ).rules
    func nodes(_ user: Int) -> [Int] {
      (0..<4).filter { rules.permit(user, on: $0) }
    }
    #expect([1, 2].allSatisfy { nodes($0) == [0] })
    #expect(nodes(20) == [1])
    #expect([7, 8, 9].allSatisfy { nodes($0) == [2] })
    #expect(nodes(3) == [0, 1, 2, 3])
  }

  @Test func groupsThatShareAUserAreOne() throws {
    var book = Rulebook()
    book.lists = ["teams": "u10@a.example\tred\nu11@a.example\tblue\nu12@a.example\tred\n"]
    let rules = try book.resolve(
      "together u01@a.example u02@a.example\ntogether u02@a.example u03@a.example\n"
        + "together each file:teams\n"
    ).rules
    #expect(rules.groupOf[1] == rules.groupOf[3])
    #expect(rules.groupOf[10] == rules.groupOf[12])
    #expect(rules.groupOf[10] != rules.groupOf[1])
    #expect(rules.groupOf[11] == Rules.none)
    #expect(rules.groupOf[4] == Rules.none)
  }

  @Test func wishesAddUp() throws {
    var book = Rulebook()
    book.lists = ["where": "u01@a.example\tim2\nu02@a.example\teu\n"]
    let rules = try book.resolve(
      "region eu = im1, im2\nprefer each file:where strength 2\nprefer u01@a.example -> eu\n"
    ).rules
    #expect(rules.wishes[Int(rules.wishOf[1])] == [1, 3, 0, 0])
    #expect(rules.wishes[Int(rules.wishOf[2])] == [2, 2, 0, 0])
    #expect(rules.wishes[Int(rules.wishOf[3])] == [0, 0, 0, 0])
  }

  @Test func whoIsInNoRosterIsCountedAndNamed() throws {
    var book = Rulebook()
    book.lists = ["list": "gone@a.example\nu01@a.example\nleft@a.example\n"]
    let notes = try book.resolve("apart file:list u02@a.example\ntogether @c.example\n").notes
    #expect(
      notes.map(\.description) == [
        "rules:1: in no roster: 2, the first gone@a.example at list:1",
        "rules:2: in no roster: @c.example",
      ])
  }

  @Test func listsThatAreWrong() {
    var book = Rulebook()
    book.lists = [
      "one": "u01@a.example\tim1\n", "two": "u01@a.example\n", "far": "u01@a.example\tmars\n",
    ]
    #expect(
      book.complaints("apart file:one") == "one:1: more than a user; expected one user a line")
    #expect(
      book.complaints("must each file:two")
        == "two:1: no word behind the user; expected `user<TAB>word`")
    #expect(
      book.complaints("must each file:far")
        == "far:1: `mars` is not known; expected a node or a region")
    #expect(book.complaints("apart file:none") == "rules:1: none: no such file")
  }

  @Test(arguments: [
    (
      "pin u01@a.example -> im1\n\npin /u01/ -> im2",
      "rules:3: no node is left for `u01@a.example`: im1 by rules:1; im2 by rules:3"
    ),
    (
      "region eu = im1, im2\nmust @a.example -> eu\npin u05@a.example -> im3",
      "rules:3: no node is left for `u05@a.example`: im1, im2 by rules:2; im3 by rules:3"
    ),
    (
      "pin u01@a.example -> im1\npin u02@a.example -> im2\ntogether u01@a.example u02@a.example",
      "rules:3: no node is left for `u02@a.example` and all who are to be together with that user: im1 "
        + "by rules:1; im2 by rules:2"
    ),
    (
      "together u01@a.example u02@a.example\ntogether u02@a.example u03@a.example\n"
        + "apart u01@a.example u03@a.example",
      "rules:3: `u01@a.example` and `u03@a.example` are to be apart, but together by rules:1; together "
        + "also by rules:2"
    ),
    (
      "apart /u0[1-5]/",
      "rules:1: 5 users are to be on different nodes, but there are 4; expected at"
    ),
    (
      "pin u01@a.example u02@a.example -> im1\napart u01@a.example u02@a.example",
      "rules:2: 2 users (`u02@a.example`, `u01@a.example`) are to be apart, but may only be on im1: im1 "
        + "by rules:1"
    ),
    (
      "limit im1 at most 5 users\npin /u0[0-7]/ -> im1",
      "rules:2: 8 users may only be on im1, which hold 5, by rules:1, rules:2"
    ),
    (
      "limit im1 at most 5 users\ntogether /u0[0-7]/\npin u00@a.example -> im1",
      "rules:2: `u00@a.example` and all who are to be together with that user count 8, but no node that "
        + "they may be on holds more than 5 (im1 by rules:3) and by rules:1"
    ),
    (
      "limit im1 at most 5 users\nlimit im1 at least 6 users",
      "rules:2: im1 is to hold at least 6, but at most 5, by rules:1"
    ),
    (
      "limit im1 at least 101 users",
      "rules:1: im1 is to hold at least 101, but its weight and the imbalance allow 100"
    ),
    (
      "must @a.example -> im2\nlimit im1 at least 2 users",
      "rules:2: im1 is to hold at least 2, but only 1 may be on it: im2 by rules:1"
    ),
    (
      "limit im1 at most 5 sessions", "rules:1: sessions are only known with --load; expected users"
    ),
    (
      "limit im1 at most 5 users\nlimit im2 at most 5 users\nlimit im3 at most 5 users\n"
        + "limit im4 at most 5 users",
      "rules:4: 21 users may only be on im1, im2, im3, im4, which hold 20, by rules:1, rules:2, rules:3, "
        + "rules:4"
    ),
  ])
  func contradictionsNameTheLines(_ text: String, _ expected: String) {
    let complaint = Rulebook().complaints(text)
    #expect(complaint.hasPrefix(expected), "\(complaint)")
  }

  @Test func threeRulesOfWhichAnyTwoAgree() {
    let complaint = Rulebook().complaints(
      """
      region a = im1, im2
      region b = im2, im3
      region c = im1, im3
      must u01@a.example -> a
      must u01@a.example -> b
      must u01@a.example -> c
      """)
    #expect(
      complaint
        == "rules:6: no node is left for `u01@a.example`: im1, im2 by rules:4; im2, im3 by rules:5; im1, "
        + "im3 by rules:6")
  }

  @Test func roomIsFoundWhereKindsMakeWayForEachOther() {
    var book = Rulebook()
    book.capacities = [5, 5, 5, 6]
    // u00 to u04 fill im1, so u05 to u09 must go to im2, all others to im3 and im4.
    let text =
      "region a = im1, im2\nmust /u0[5-9]/ -> a\npin /u0[0-4]/ -> im1\nregion b = im3, im4\n"
      + "must /u1/ @b.example -> b\n"
    #expect(book.complaints(text) == "")
    #expect(book.complaints(text + "limit im2 at most 4 users").contains("which hold"))
  }

  @Test func loadsCountForLimits() {
    var book = Rulebook()
    book.loads = [UInt32](repeating: 3, count: 21)
    #expect(book.complaints("pin /u0[0-4]/ -> im1\nlimit im1 at most 15 sessions") == "")
    #expect(
      book.complaints("pin /u0[0-4]/ -> im1\nlimit im1 at most 14 sessions").contains("15 sessions")
    )
    #expect(book.complaints("limit im1 at most 5 users").contains("expected sessions"))
  }
}

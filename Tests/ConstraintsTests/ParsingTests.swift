import Constraints
import Shared
import Testing

/// Which lines are rules, and what is said of those that are none.
@Suite struct ParsingTests {
  @Test func rulesCommentsAndEmptyLines() throws {
    let text = """
      # who sits where
      region eu = im1, im2

      pin   boss@a.example -> im1\r
      must /^u0 ?/ @b.example -> eu
      prefer u01@a.example -> im3 strength 5
      together u01@a.example file:team.txt
      together each file:teams.tsv
      apart u02@a.example u03@a.example
      limit im4 at most 10 users
      limit im4 at least 5 users
      """
    let constraints = try Rulebook().parse(text)
    #expect(constraints.all.map(\.place.line) == [4, 5, 6, 7, 8, 9, 10, 11])
    guard case .must(let selectors, let nodes) = constraints.all[1].demand else {
      Issue.record("not a must: \(constraints.all[1])")
      return
    }
    #expect(selectors.count == 2)
    #expect(nodes == [0, 1])
    guard case .prefer(_, _, strength: 5) = constraints.all[2].demand else {
      Issue.record("not of strength 5")
      return
    }
  }

  @Test(arguments: [
    ("keep a@b c@d", "`keep` is no rule; expected region, together, apart, pin, must"),
    ("together", "no users; expected user@domain"),
    ("apart a@b.example @", "`@`: the domainpart is empty; expected user@domain"),
    ("together lonely", "`lonely`: the domain is missing"),
    ("pin a@b.example im1", "no `->` with spaces around it; expected `USERS -> NODE or REGION`"),
    ("pin a@b.example -> im9", "`im9` is not known; expected a node: im1, im2, im3, im4"),
    ("pin a@b.example -> im1 im2", "expected one node behind `->`"),
    ("must a@b.example -> mars", "`mars` is not known; expected a node: im1, im2, im3, im4"),
    ("must each list.txt", "expected `file:PATH` behind `each`"),
    ("prefer a@b.example -> im1 strength 0", "strength `0`; expected a number from 1 to 1000"),
    ("prefer a@b.example -> im1 strength many", "strength `many`; expected a number"),
    ("together /^a(b/", "`/^a(b/` is no regular expression, column"),
    ("together /abc", "`/abc` has no end; expected /expression/"),
    ("region eu im1", "expected `region NAME = node, node`"),
    ("region im1 = im2", "`im1` is a node already; expected another name"),
    ("region eu = im1, im7", "`im7` is not known; expected a node"),
    ("limit im1 10 users", "expected `limit NODE at most N users`"),
    ("limit im1 at most ten users", "`ten`; expected a number"),
    ("limit im1 at about 10 users", "expected `limit NODE at most N users`"),
  ])
  func wrongLines(_ line: String, _ expected: String) {
    let complaint = Rulebook().complaints("# first\n\(line)\n")
    #expect(complaint.hasPrefix("rules:2: "), "\(complaint)")
    #expect(complaint.contains(expected), "\(complaint)")
  }

  @Test func everyWrongLineIsNamed() {
    let complaint = Rulebook().complaints("pin a\nregion x\napart\n")
    #expect(complaint.split(separator: "\n").count == 3)
  }

  @Test func aRegionTwiceNamesBothLines() {
    let complaint = Rulebook().complaints("region eu = im1\n\nregion eu = im2\n")
    #expect(complaint == "rules:3: region `eu` stands in line 1 already; expected once")
  }

  @Test func bytesThatAreNoText() {
    #expect(throws: Complaints.self) {
      try Constraints(
        parsing: [0x74, 0xFF, 0x0A], file: "rules", nodes: [], profile: .nodeprep)
    }
  }

  @Test func withoutNodesPinningIsRefusedWithAHint() {
    var book = Rulebook()
    book.nodes = []
    #expect(book.complaints("pin a@b.example -> im1").contains("there are none: give the pool"))
  }
}

import Rosters
import Testing

@Suite struct TSVTests {
  struct Case: Sendable {
    let text: String
    let names: [String]
    let links: [String]
  }

  @Test(arguments: [
    Case(text: "", names: [], links: []),
    Case(text: "a@x\n", names: ["a@x"], links: []),
    Case(text: "a@x", names: ["a@x"], links: []),
    Case(text: "a@x\t\n", names: ["a@x"], links: []),
    Case(text: "a@x\tb@x", names: ["a@x", "b@x"], links: ["a@x b@x 1"]),
    // Each distinct line is one direction.
    Case(text: "a@x\tb@x\na@x\tb@x\n", names: ["a@x", "b@x"], links: ["a@x b@x 1"]),
    Case(text: "b@x\ta@x\na@x\tb@x\n", names: ["a@x", "b@x"], links: ["a@x b@x 2"]),
    // Distinct as names, not as bytes.
    Case(text: "A@X\tB@X/desk\na@x\tb@x\n", names: ["a@x", "b@x"], links: ["a@x b@x 1"]),
    // CRLF, empty lines, a byte order mark.
    Case(text: "a@x\tb@x\r\n\r\n\nc@x\r\n", names: ["a@x", "b@x", "c@x"], links: ["a@x b@x 1"]),
    Case(text: "\u{FEFF}a@x\tb@x\n", names: ["a@x", "b@x"], links: ["a@x b@x 1"]),
    // Weights are summed per pair, both ways, and replace the count of directions.
    Case(text: "a@x\tb@x\t5\nb@x\ta@x\t7\n", names: ["a@x", "b@x"], links: ["a@x b@x 12"]),
    Case(text: "a@x\tb@x\t5\na@x\tb@x\t5\n", names: ["a@x", "b@x"], links: ["a@x b@x 10"]),
    Case(text: "a@x\tb@x\nb@x\ta@x\na@x\tb@x\t1\n", names: ["a@x", "b@x"], links: ["a@x b@x 1"]),
    Case(
      text: "a@x\tc@x\na@x\tb@x\t9\nb@x\tc@x\n", names: ["a@x", "b@x", "c@x"],
      links: ["a@x b@x 9", "a@x c@x 1", "b@x c@x 1"]),
    Case(
      text: "a@x\tb@x\t4294967295\n", names: ["a@x", "b@x"], links: ["a@x b@x 4294967295"]),
    // No traffic is no tie.
    Case(text: "a@x\tb@x\t0\n", names: ["a@x"], links: []),
    // There are no comments.
    Case(text: "#a@x\tb@x\n", names: ["#a@x", "b@x"], links: ["#a@x b@x 1"]),
    // Byte order, not that of letters.
    Case(text: "a-b@x\na@x\na.b@x\n", names: ["a-b@x", "a.b@x", "a@x"], links: []),
  ])
  func lines(_ example: Case) throws {
    let contacts = try Inputs(example.text).contacts()
    #expect(contacts.names == example.names)
    #expect(contacts.links == example.links)
  }

  @Test func namesWithoutADomainTakeTheOnlyOne() throws {
    let contacts = try Inputs("a\tb\nc\ticq.y\nd\tb@x\ne@x\tlist.x\n").contacts(domains: ["x"])
    // `list.x` is a gateway, because its line writes domains.
    #expect(contacts.names == ["a@x", "b@x", "c@x", "d@x", "e@x", "icq.y@x"])
    #expect(contacts.drops == [.gateway: 1])
  }

  @Test func domainsOfTheFirstColumnAreLocal() throws {
    let text = "a@x\tb@y\nb@y\tc@z\na@x\td@y\na@x\tb@x\n"
    let contacts = try Inputs(text).contacts()
    #expect(contacts.names == ["a@x", "b@x", "b@y", "d@y"])
    #expect(contacts.drops == [.remote: 1])
    let given = try Inputs(text).contacts(domains: ["x"])
    #expect(given.names == ["a@x", "b@x"])
    #expect(given.links == ["a@x b@x 1"])
    #expect(given.drops == [.remote: 3])
  }

  @Test(arguments: [
    ("a@x\tb@x\tmany\n", "input:1: "), ("a@x\tb@x\t-1\n", "input:1: "),
    ("a@x\tb@x\t\n", "input:1: "), ("a@x\tb@x\t1\tmore\n", "input:1: "),
    ("a@x\tb@x\t4294967296\n", "input:1: "),
    ("a@x\tb@x\t99999999999999999999999999999999\n", "input:1: "),
    ("c@x\n\tb@x\n", "input:2: "), ("c@x\r\n\r\na@x\t\t1\n", "input:3: "),
    ("c@x\nbob\tc@x\n", "input:2: "),
    // The sum of a pair, at the line that goes too far.
    ("a@x\tb@x\t4294967295\nc@x\tb@x\t1\nb@x\ta@x\t1\n", "input:3: "),
    ("a@x\tb@x\t1\n\na@x\tb@x\t4294967294\na@x\tb@x\t1\na@x\tb@x\t1\n", "input:4: "),
  ])
  func complaintsTellTheLine(text: String, place: String) {
    #expect(complaint(text)?.hasPrefix(place) == true)
  }
}

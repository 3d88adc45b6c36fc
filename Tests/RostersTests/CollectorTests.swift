import Shared
import Testing

@testable import Rosters

@Suite struct CollectorTests {
  /// Every pair of subscriptions that two rosters can hold about each other.
  @Test(arguments: ["none", "to", "from", "both"], ["none", "to", "from", "both", "absent"])
  func bothRostersTogetherTellTheTie(mine: String, theirs: String) throws {
    let letters = ["none": "N", "to": "T", "from": "F", "both": "B"]
    var text = "username,server_host,jid,subscription\na,x,b@x,\(letters[mine]!)\n"
    text += theirs == "absent" ? "b,x,c@z,B\n" : "b,x,a@x,\(letters[theirs]!)\n"
    // A->B if A lists B with from or both, or B lists A with to or both.
    let outward = ["from", "both"].contains(mine) || ["to", "both"].contains(theirs)
    let inward = ["to", "both"].contains(mine) || ["from", "both"].contains(theirs)
    let weight = (outward ? 1 : 0) + (inward ? 1 : 0)
    let contacts = try Inputs(text).contacts()
    #expect(contacts.names == ["a@x", "b@x"])
    #expect(contacts.links == (weight > 0 ? ["a@x b@x \(weight)"] : []))
  }

  @Test func theOrderOfEntriesDoesNotMatter() throws {
    var lines: [String] = []
    for owner in 0..<40 {
      for step in [1, 3, 7, 20] { lines.append("u\(owner)@x\tu\((owner + step) % 40)@x") }
    }
    let forward = try Inputs(lines.joined(separator: "\n")).contacts()
    let backward = try Inputs(lines.reversed().joined(separator: "\n")).contacts()
    #expect(forward == backward)
    // A step of 20 is its own way back: 20 pairs both ways.
    #expect(forward.ties.count == 3 * 40 + 20)
    #expect(forward.ties.filter { $0.weight == 2 }.count == 20)
  }

  /// Against a plain dictionary, on random entries with many collisions.
  @Test(arguments: 0..<20)
  func tiesAgreeWithAPlainModel(seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func random(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    var text = ""
    var ways: [[String]: Set<String>] = [:]
    var users: Set<String> = []
    for _ in 0..<2000 {
      let owner = "u\(random(60))@d\(random(3))"
      let contact = "u\(random(60))@d\(random(4))"
      text += "\(owner)\t\(contact)\n"
      if owner.hasSuffix("@d0") || owner.hasSuffix("@d1") { users.insert(owner) }
      guard owner != contact, !(owner + contact).contains("@d2"), !contact.hasSuffix("@d3") else {
        continue
      }
      users.insert(contact)
      let pair = [owner, contact].sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      ways[pair, default: []].insert(owner)
    }
    let contacts = try Inputs(text).contacts(domains: ["d0", "d1"])
    #expect(contacts.names == users.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    let model = ways.map { "\($0.key[0]) \($0.key[1]) \($0.value.count)" }
    #expect(Set(contacts.links) == Set(model))
    #expect(contacts.links.count == model.count)
    let order = contacts.ties.map { UInt64($0.a) << 32 | UInt64($0.b) }
    #expect(order == order.sorted())
    #expect(contacts.ties.allSatisfy { $0.a < $0.b })
  }

  @Test func namesSortByTheirBytes() throws {
    // Prefixes of each other, long common beginnings, bytes over 0x7F.
    let long = String(repeating: "a", count: 40)
    let names = [
      "a@x", "a@x.y", "a@y", "aa@x", "ab@x", "\(long)@x", "\(long)a@x", "\(long)b@x", "ä@x", "z@x",
      "日本@x", "a!@x", "a.a@x",
    ]
    let contacts = try Inputs(names.joined(separator: "\n")).contacts()
    #expect(contacts.names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }

  @Test func canonicalFormsAreOneUser() throws {
    let text = "Straße@X.\tjosé@x\nSTRASSE@x\tJose\u{301}@x/phone\n"
    let contacts = try Inputs(text).contacts()
    // Stringprep folds ß to ss (RFC 3454 table B.2).
    #expect(contacts.links == ["josé@x strasse@x 1"])
  }

  @Test func malformedNamesAreCountedAndTheFirstIsShown() throws {
    let text = "a@x\tb@x\na@x\tb c@x\na:b@x\tb@x\na@x\t@x\na@x\tb@\n@x\nb@x\tc@x/\(0)\n"
    let contacts = try Inputs(text).contacts()
    #expect(contacts.names == ["a@x", "b@x", "c@x"])
    #expect(contacts.drops == [.malformed: 5])
    #expect(contacts.firstMalformed?.hasPrefix("input:2: \"b c@x\": ") == true)
  }

  @Test func manyUsersAndDomainsAreKeptApart() throws {
    var text = ""
    for number in 0..<30_000 { text += "u\(number % 100)@d\(number / 100)\tu0@d0\n" }
    let contacts = try Inputs(text).contacts()
    #expect(contacts.users.count == 30_000)
    #expect(contacts.ties.count == 29_999)
    #expect(contacts.drops == [.ownself: 1])
  }
}

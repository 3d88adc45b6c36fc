import Shared
import Testing

@Suite("User")
struct UserTests {
  @Test("reads text and bytes, and knows its parts")
  func parts() throws {
    let user = try User("Alice@A.example/r", profile: .nodeprep)
    #expect(user.description == "alice@a.example")
    #expect(user == User(canonical: Array("alice@a.example".utf8)))
    #expect(Array(user.local) == Array("alice".utf8))
    #expect(user.domain == (try Domain("a.example.", profile: .nodeprep)))
    #expect(user.domain.description == "a.example")
  }

  @Test("a name without a domain is completed, or refused")
  func completion() throws {
    let domain = try Domain("a.example", profile: .precis)
    #expect(try User("bob", profile: .precis, domain: domain).description == "bob@a.example")
    #expect(try User("bob@b", profile: .precis, domain: domain).description == "bob@b")
    #expect(throws: JIDError.missingDomain) { try User("bob", profile: .precis) }
    #expect(throws: JIDError.notUTF8(.local)) {
      try User([0xFF, 0x40, 0x61].span, profile: .precis)
    }
  }

  @Test("order is byte order, not that of letters")
  func order() throws {
    let names = ["a@b", "a-b@b", "a@b.c", "aa@b", "z@b", "ä@b", "😀@b", "b@a"]
    let users = try names.map { try User($0, profile: .nodeprep) }.sorted().map(\.description)
    #expect(users == ["a-b@b", "a@b", "a@b.c", "aa@b", "b@a", "z@b", "ä@b", "😀@b"])
  }

  @Test("errors name the part and never the name")
  func errors() {
    #expect(throws: JIDError.prohibited(.local)) { try User("se cret@x", profile: .nodeprep) }
    #expect(
      JIDError.tooLong(.domain).description == "the domainpart is longer than 1023 bytes")
    #expect(
      JIDError.missingDomain.description == "the domain is missing; expected local@domain")
  }
}

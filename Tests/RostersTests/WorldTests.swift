import Rosters
import Testing

/// One small world of rosters, worked out by hand, in every form.
///
/// alice lists bob (both), carol (to), dave (from), Frank@A.Example/home (both), a gateway, a remote
/// user, herself, mallory (none, asked) and `a b`, which is no JID. bob lists alice and carol (both).
/// carol lists alice (from), which says the same direction as alice's `to`, and bob (none). dave
/// lists alice (none). gina has only a remote contact. frank has no roster.
private enum World {
  static let users = ["alice", "bob", "carol", "dave", "frank", "gina"].map { "\($0)@a.example" }
  static let links = [
    "alice@a.example bob@a.example 2",
    "alice@a.example carol@a.example 1",
    "alice@a.example dave@a.example 1",
    "alice@a.example frank@a.example 2",
    "bob@a.example carol@a.example 2",
  ]
  static let drops: [DropReason: Int] = [
    .remote: 2, .gateway: 1, .ownself: 1, .unsubscribed: 3, .malformed: 1,
  ]

  /// Each fixture and the format that its content tells.
  static let fixtures: [(name: String, format: RosterFormat)] = [
    ("world.tsv", .tsv), ("world.xml", .xep0227), ("world-old.xml", .xep0227),
    ("split/main.xml", .xep0227), ("ejabberd-old.csv", .ejabberd), ("ejabberd-old.tsv", .ejabberd),
    ("ejabberd-new.csv", .ejabberd), ("mongooseim.csv", .mongooseim),
    ("mongooseim.tsv", .mongooseim), ("openfire.csv", .openfire), ("openfire.tsv", .openfire),
    ("prosody.csv", .prosody), ("prosody.tsv", .prosody),
  ]
}

@Suite struct WorldTests {
  @Test(arguments: World.fixtures)
  func everyFormTellsTheSameWorld(name: String, format: RosterFormat) throws {
    for format in [nil, format] {
      let contacts = try Inputs(fixture: name).contacts(format: format, domains: ["a.example"])
      #expect(contacts.names == World.users)
      #expect(contacts.links == World.links)
      var drops = World.drops
      // A list of directions cannot say "none".
      if name == "world.tsv" { drops[.unsubscribed] = nil }
      #expect(contacts.drops == drops)
      #expect(contacts.firstMalformed?.contains("\"a b@a.example\"") == true)
    }
  }

  @Test(arguments: World.fixtures)
  func chunksMayBeCutAnywhere(name: String, format: RosterFormat) throws {
    let inputs = Inputs(fixture: name)
    let whole = try inputs.contacts(domains: ["a.example"])
    #expect(try inputs.contacts(domains: ["a.example"], step: 1) == whole)
    for cut in 1..<inputs.files["input"]!.count {
      #expect(try inputs.contacts(domains: ["a.example"], cut: cut) == whole)
    }
  }

  @Test(arguments: World.fixtures)
  func anInputThatEndsAnywhereIsReadOrRefused(name: String, format: RosterFormat) throws {
    let inputs = Inputs(fixture: name)
    let most = try inputs.contacts(domains: ["a.example"]).users.count
    for length in 0..<inputs.files["input"]!.count {
      var shorter = inputs
      shorter.files["input"]!.removeLast(inputs.files["input"]!.count - length)
      if let contacts = try? shorter.contacts(format: format, domains: ["a.example"]) {
        // A name cut short is another name, but only one can be.
        #expect(contacts.users.count <= most + 1)
      }
    }
  }

  /// The domains of those who own a roster are local where nobody says otherwise.
  @Test(arguments: ["world.xml", "ejabberd-new.csv", "mongooseim.csv", "prosody.csv"])
  func theOwnersDomainsAreLocalByDefault(name: String) throws {
    let contacts = try Inputs(fixture: name).contacts()
    #expect(contacts.names == World.users)
    #expect(contacts.links == World.links)
    #expect(contacts.drops == World.drops)
  }

  @Test(arguments: ["ejabberd-old.csv", "openfire.csv"])
  func aTableWithoutDomainsAsksForOne(name: String) throws {
    for domains in [[], ["a.example", "b.example"]] {
      #expect {
        try Inputs(fixture: name).contacts(domains: domains)
      } throws: {
        "\($0)".hasPrefix("input:1: ") && "\($0)".contains("--domain")
      }
    }
  }

  @Test(arguments: World.fixtures)
  func anotherDomainLeavesNobody(name: String, format: RosterFormat) throws {
    // Where the table does not tell the domain, everybody is in the one that is given.
    if ["ejabberd-old", "openfire"].contains(where: name.hasPrefix) { return }
    let contacts = try Inputs(fixture: name).contacts(domains: ["elsewhere.example"])
    #expect(contacts.users.isEmpty && contacts.ties.isEmpty)
    #expect(contacts.drops[.remote, default: 0] >= 15)
  }
}

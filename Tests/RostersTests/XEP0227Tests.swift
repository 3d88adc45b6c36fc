import Testing

@testable import Rosters

@Suite struct XEP0227Tests {
  private func document(_ inside: String) -> String {
    "<server-data xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'>"
      + inside + "</server-data>"
  }

  private func roster(_ items: String) -> String {
    document(
      "<host jid='x'><user name='a'><query xmlns='jabber:iq:roster'>\(items)</query></user></host>")
  }

  @Test(arguments: [
    ("<item jid='b@x' subscription='both'/>", ["a@x b@x 2"]),
    ("<item jid='b@x' subscription='to'/>", ["a@x b@x 1"]),
    ("<item jid='b@x' subscription='from'><group>g</group></item>", ["a@x b@x 1"]),
    ("<item jid='b@x' subscription='none' ask='subscribe'/>", []),
    ("<item jid='b@x' subscription='remove'/>", []),
    ("<item jid='b@x'/>", []),
    // Entities of XML itself, and characters by number.
    ("<item jid='&#98;@x' subscription='bot&#x68;' name='&lt;&amp;&quot;'/>", ["a@x b@x 2"]),
    // Elsewhere in the user's data an item is not a roster's.
    ("<other><item jid='b@x' subscription='both'/></other>", []),
    ("<item xmlns='urn:other' jid='b@x' subscription='both'/>", []),
  ])
  func items(text: String, expected: [String]) throws {
    #expect(try Inputs(roster(text)).contacts().links == expected)
  }

  @Test func hostsFollowEachOther() throws {
    let text = document(
      """
      <host jid='x'><user name='a'><query xmlns='jabber:iq:roster'>
      <item jid='b@y' subscription='to'/></query></user></host>
      <host jid='y'><user name='a'/><user name='b'><query xmlns='jabber:iq:roster'/>
      <vCard xmlns='vcard-temp'/></user></host>
      """)
    let contacts = try Inputs(text).contacts()
    #expect(contacts.names == ["a@x", "a@y", "b@y"])
    #expect(contacts.links == ["a@x b@y 1"])
    #expect(try Inputs(text).contacts(domains: ["y"]).names == ["a@y", "b@y"])
  }

  @Test func otherEncodingsAreRead() throws {
    let text = "<?xml version='1.0' encoding='ISO-8859-1'?>" + roster("")
    var latin = Inputs(text.replacing("name='a'", with: "name='!'"))
    let place = latin.files["input"]!.firstIndex(of: UInt8(ascii: "!"))!
    latin.files["input"]![place] = 0xFC
    #expect(try latin.contacts().names == ["ü@x"])
    var wide = Inputs("")
    wide.files["input"] =
      [0xFF, 0xFE] + roster("").utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    #expect(try wide.contacts().names == ["a@x"])
  }

  @Test func includesTellWhereTheyStand() throws {
    let text = document(
      "\n<xi:include href='h.xml'/><host jid='x'><xi:include href='u.xml'/>"
        + "<user name='a'><xi:include href='q.xml'/></user><xi:include href='v.xml'/></host>")
    var input = try RosterInput(file: "main", head: Array(text.utf8).span, format: nil)
    var collector = ContactCollector(domains: [], profile: .nodeprep)
    try input.read(Array(text.utf8).span, into: &collector)
    try input.finish(into: &collector)
    let includes = input.takeIncludes()
    #expect(includes.map(\.href) == ["h.xml", "u.xml", "q.xml", "v.xml"])
    #expect(includes.map(\.context.place) == [.serverData, .host, .user, .host])
    #expect(includes.map(\.line) == [2, 2, 2, 2])
    #expect(includes[2].context.user == Array("a".utf8))
    #expect(input.takeIncludes().isEmpty)
  }

  @Test func everyLevelCanBeAFile() throws {
    var inputs = Inputs(document("<xi:include href='h.xml'/>"))
    let space = "xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'"
    inputs.files["h.xml"] = Array("<host \(space) jid='x'><xi:include href='u.xml'/></host>".utf8)
    inputs.files["u.xml"] = Array("<user \(space) name='a'><xi:include href='q.xml'/></user>".utf8)
    inputs.files["q.xml"] = Array(
      "<query xmlns='jabber:iq:roster'><item jid='b@x' subscription='both'/></query>".utf8)
    #expect(try inputs.contacts().links == ["a@x b@x 2"])
    // A user where a host belongs.
    inputs.files["h.xml"] = Array("<user \(space) name='a'/>".utf8)
    #expect(throws: (any Error).self) { try inputs.contacts() }
  }

  @Test func partsAreTold() {
    for (text, isPart) in [
      ("<host xmlns='urn:xmpp:pie:0' jid='x'>", true), ("<user xmlns='urn:xmpp:pie:0'/>", true),
      (document(""), false), ("<user/>", false), ("a@x\tb@x\n", false), ("", false),
    ] {
      #expect(RosterInput.isPart(head: Array(text.utf8).span) == isPart)
    }
  }

  @Test func everythingThatExpandsIsRefused() {
    let laughs = """
      <?xml version="1.0"?>
      <!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
      <server-data xmlns='urn:xmpp:pie:0'><host jid='&lol2;'/></server-data>
      """
    #expect(complaint(laughs)?.hasPrefix("input:2: a document type declaration") == true)
    let outside = "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>" + document("")
    #expect(complaint(outside)?.contains("document type") == true)
    #expect(complaint(document("<host jid='&nbsp;'/>"))?.contains("not well-formed") == true)
  }

  @Test func depthIsBounded() {
    let deep = String(repeating: "<a>", count: 100_000)
    #expect(complaint(document("<host jid='x'>\(deep)"))?.contains("deep") == true)
  }

  @Test func lengthIsBounded() {
    let long = "<server-data xmlns='urn:xmpp:pie:0' a='" + String(repeating: "a", count: 40 << 20)
    var collector = ContactCollector(domains: [], profile: .nodeprep)
    let bytes = Array(long.utf8)
    #expect {
      var input = try RosterInput(
        file: "input", head: bytes.span.extracting(0..<1000), format: nil)
      var start = 0
      while start < bytes.count {
        let end = min(start + (1 << 20), bytes.count)
        try input.read(bytes.span.extracting(start..<end), into: &collector)
        start = end
      }
    } throws: {
      "\($0)".contains("a tag or comment of over")
    }
  }

  @Test(arguments: [
    ("<stream/>", "input:1: expected <server-data"),
    ("<server-data/>", "input:1: expected <server-data"),
    ("<user xmlns='urn:xmpp:pie:0' name='a'/>", "input:1: expected <server-data"),
    ("<server-data xmlns='urn:xmpp:pie:0'>\n<host/></server-data>", "input:2: a <host/> without"),
    ("<server-data xmlns='urn:xmpp:pie:0'>\n\n<host jid='x'>", "input:3: not well-formed"),
    ("<server-data xmlns='urn:xmpp:pie:0'>\n</host>", "input:2: not well-formed"),
    ("<server-data xmlns='urn:xmpp:pie:0'></server-data><more/>", "input:1: not well-formed"),
  ])
  func complaintsTellTheLine(text: String, expected: String) {
    #expect(complaint(text)?.hasPrefix(expected) == true)
  }

  @Test func anUnknownSubscriptionIsRefused() {
    let text = roster("\n<item jid='b@x' subscription='maybe'/>")
    #expect(complaint(text)?.hasPrefix("input:2: \"maybe\" for a subscription") == true)
    #expect(complaint(roster("<item subscription='to'/>"))?.contains("without a jid") == true)
  }
}

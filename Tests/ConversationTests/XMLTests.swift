import Conversation
import Shared
import Testing

/// What RFC 6120 section 11 and XML forbid, and how much is too much.
@Suite("XML and its limits, cut at every byte")
struct XMLTests {
  /// In a stream that is open: what the client sends, and the stream error.
  static let rejected: [(String, String)] = [
    // RFC 6120 section 11.1.
    ("<!-- comment -->", "restricted-xml"), ("<iq><!-- comment --></iq>", "restricted-xml"),
    ("<?php echo ?>", "restricted-xml"), ("<iq><?php echo ?></iq>", "restricted-xml"),
    ("<!DOCTYPE x>", "restricted-xml"), ("<iq><!ENTITY a 'b'></iq>", "restricted-xml"),
    ("<iq>&entity;</iq>", "restricted-xml"), ("<iq id='&entity;'/>", "restricted-xml"),
    ("<?xml version='1.0'?>", "restricted-xml"),
    // XML 1.0.
    ("<iq></message>", "not-well-formed"), ("<iq></iqq>", "not-well-formed"),
    ("<iq><a></iq></a>", "not-well-formed"), ("<iq a='1' a='2'/>", "not-well-formed"),
    ("<iq a='1'b='2'/>", "not-well-formed"), ("<iq a=1/>", "not-well-formed"),
    ("<iq a/>", "not-well-formed"), ("<iq a='<'/>", "not-well-formed"),
    ("<iq / >", "not-well-formed"), ("<iq/a>", "not-well-formed"), ("< iq/>", "not-well-formed"),
    ("<1q/>", "not-well-formed"), ("<iq>&</iq>", "not-well-formed"),
    ("<iq>&amp</iq>", "not-well-formed"), ("<iq>&;</iq>", "not-well-formed"),
    ("<iq>&#;</iq>", "not-well-formed"), ("<iq>&#x;</iq>", "not-well-formed"),
    ("<iq>&#0;</iq>", "not-well-formed"), ("<iq>&#xD800;</iq>", "not-well-formed"),
    ("<iq>&#x110000;</iq>", "not-well-formed"),
    ("<iq>&#99999999999999999999;</iq>", "not-well-formed"),
    ("<iq>&#X41;</iq>", "not-well-formed"), ("<iq>&#1a;</iq>", "not-well-formed"),
    ("<iq>\u{1}</iq>", "not-well-formed"), ("<iq>\u{FFFE}</iq>", "not-well-formed"),
    ("<iq>]]></iq>", "not-well-formed"), ("<iq><![CDAT[]]></iq>", "not-well-formed"),
    ("<iq id='\0'/>", "not-well-formed"), ("<iq></ iq>", "not-well-formed"),
    ("<iq></iq x>", "not-well-formed"), ("<iq\u{D7}/>", "not-well-formed"),
    // XML namespaces.
    ("<a:iq/>", "not-well-formed"), ("<iq a:b='c'/>", "not-well-formed"),
    ("<a:b:c/>", "not-well-formed"), ("<:iq/>", "not-well-formed"), ("<iq:/>", "not-well-formed"),
    ("<iq xmlns:a=''/>", "not-well-formed"), ("<iq xmlns:xmlns='a'/>", "not-well-formed"),
    ("<iq xmlns:xml='a'/>", "not-well-formed"),
    ("<iq xmlns:a='http://www.w3.org/XML/1998/namespace'/>", "not-well-formed"),
    ("<iq xmlns='http://www.w3.org/2000/xmlns/'/>", "not-well-formed"),
    ("<iq><a xmlns:p='q'/><p:b/></iq>", "not-well-formed"),
    // A stream has elements and nothing else.
    ("text", "bad-format"), ("&amp;", "bad-format"), ("<![CDATA[x]]>", "bad-format"),
  ]

  @Test(arguments: rejected) func rejects(_ text: String, error: String) {
    Play(
      text, .client(Cast.header()), .edge(Cast.loginOffered), .client(text),
      .edge(Cast.error(error)), .closes
    ).performCutEverywhere()
  }

  /// The same without a stream: what comes first, and the stream error.
  static let rejectedFirst: [(String, String)] = [
    ("<?xml version='1.0' encoding='ISO-8859-1'?>", "unsupported-encoding"),
    ("<?xml version='1.0' encoding='utf-16'?>", "unsupported-encoding"),
    ("<?xml version='1.1'?>", "not-well-formed"), ("<?xml?>", "not-well-formed"),
    ("<?xml encoding='utf-8'?>", "not-well-formed"),
    ("<?xml version='1.0' standalone='maybe'?>", "not-well-formed"),
    ("<?xml version='1.0' a='b'?>", "not-well-formed"), ("<?xmlversion='1.0'?>", "restricted-xml"),
    ("<?xml version='1.0'?><?xml version='1.0'?>", "restricted-xml"),
    ("\n<?xml version='1.0'?>", "restricted-xml"), ("<?go?>", "restricted-xml"),
    ("<!DOCTYPE stream>", "restricted-xml"), ("<!-- -->", "restricted-xml"),
    ("\u{FEFF}<stream:stream>", "not-well-formed"), ("</stream:stream>", "not-well-formed"),
    ("<stream:stream xmlns='jabber:client'>", "not-well-formed"),
    ("<![CDATA[x]]>", "not-well-formed"), ("&amp;", "not-well-formed"),
  ]

  @Test(arguments: rejectedFirst) func rejectsFirst(_ text: String, error: String) {
    Play(
      text, .client(text), .edge(Cast.ours() + Cast.error(error)), .closes
    ).performCutEverywhere()
  }

  @Test(
    "Declarations that are let through",
    arguments: [
      "<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<?xml version = '1.0' encoding='utf-8' standalone='yes' ?>\n", "", "\n \t",
    ])
  func declarations(_ text: String) {
    let header = Cast.header(from: "alice@a.example").dropFirst(21)
    Play(text, .client(text + header), .identified("alice@a.example")).performCutEverywhere()
  }

  @Test(
    "Bytes that are not UTF-8",
    arguments: [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
    ] as [[UInt8]])
  func encoding(_ bytes: [UInt8]) {
    Play(
      "\(bytes)", .client(Cast.header()), .edge(Cast.loginOffered),
      .client(Array("<iq>".utf8) + bytes + Array("</iq>".utf8)),
      .edge(Cast.error("unsupported-encoding")), .closes
    ).performCutEverywhere()
  }

  /// Well-formed and odd; a login follows, to show that the stream goes on.
  @Test(
    "What is let through",
    arguments: [
      "<iq\n\t a = \"'\"  b='\"&gt;' ><query xmlns='jabber:iq:auth'/></iq >",
      "<iq type='get'><query xmlns='jabber:iq:auth'><ü ö='ß'/>&#x10FFFF;&apos;&quot;]]&gt;</query></iq>",
      "<iq type='get'><query xmlns='jabber:iq:auth'><![CDATA[<a>&b;]] ></iq>]]]></query></iq>",
      "<c:iq xmlns:c='jabber:client' type='get'><query xmlns='jabber:iq:auth' xml:lang='de'/></c:iq>",
    ])
  func accepts(_ text: String) {
    var stage = Stage(.plain, Setup(domains: [Cast.domain]))
    for byte in (Cast.header() + text + Cast.auth("PLAIN", "\0alice\0x")).utf8 where stage.listens {
      stage.send([byte])
    }
    #expect(stage.action == .identified)
  }

  @Test("A prefix bound on the header may be used, and means nothing")
  func headerPrefix() {
    let header = Cast.header().replacing(" to=", with: " xmlns:x='urn:x' to=")
    Play(
      "prefix", .client(header), .edge(Cast.loginOffered), .client("<x:iq/>"),
      .edge(Cast.error("unsupported-stanza-type")), .closes
    ).performCutEverywhere()
  }

  // MARK: Limits

  @Test("Bytes: the last allowed one, and one more")
  func bytes() {
    let opening = Array(Cast.header().utf8)
    let login = Array(Cast.auth("PLAIN", "\0alice\0x").utf8)
    let spaces = { [UInt8](repeating: 0x20, count: $0) }
    let room = 8192 - opening.count - login.count
    for (count, isAllowed) in [(room, true), (room + 1, false)] {
      Play(
        "\(count) spaces", .client(opening + spaces(count) + login),
        isAllowed ? .identified("alice@a.example") : .closes,
        .edge(Cast.loginOffered + (isAllowed ? "" : Cast.error("policy-violation")))
      ).perform(.everywhere)
    }
  }

  @Test("Bytes count on through STARTTLS")
  func bytesThroughTLS() {
    Play(
      "spaces", over: .starttls,
      .client(Cast.header() + String(repeating: " ", count: 6000)), .edge(Cast.tlsOffered),
      .client(Cast.startTLS), .edge(Cast.proceed), .tls,
      .client(Cast.header() + String(repeating: " ", count: 3000)),
      .edge(Cast.loginOffered + Cast.error("policy-violation")), .closes
    ).perform(.whole)
  }

  @Test(
    "One endless tag, name, value, text",
    arguments: ["<iq ", "<iq", "<iq a='", "<iq>", "<iq><![CDATA["])
  func endless(_ beginning: String) {
    Play(
      beginning, .client(Cast.header() + beginning + String(repeating: "a", count: 9000)),
      .edge(Cast.loginOffered + Cast.error("policy-violation")), .closes
    ).perform(.everywhere)
  }

  @Test("Elements: the header and 31 more", arguments: [(30, true), (31, false)])
  func elements(_ count: Int, isAllowed: Bool) {
    let query = "<iq type='get'><query xmlns='jabber:iq:auth'/></iq>"
    let text =
      Cast.header() + String(repeating: query, count: count / 2)
      + (count % 2 == 1 ? "<iq type='get' id='3'>" + "<query xmlns='jabber:iq:auth'/>" : "<auth")
    var stage = Stage(.plain, Setup(domains: [Cast.domain]))
    stage.send(Array(text.utf8))
    #expect(stage.action == (isAllowed ? .read : .close))
    #expect(stage.total.hasSuffix(Cast.error("policy-violation")) == !isAllowed)
  }

  @Test(
    "Depth: eight with the stream", arguments: [(7, "not-authorized"), (8, "policy-violation")])
  func depth(_ depth: Int, error: String) {
    let text = String(repeating: "<iq>", count: depth) + String(repeating: "</iq>", count: depth)
    Play(
      "\(depth)", .client(Cast.header()), .edge(Cast.loginOffered), .client(text),
      .edge(Cast.error(error)), .closes
    ).perform(.everywhere)
  }

  @Test(
    "Attributes: 32 of an element", arguments: [(32, "not-authorized"), (33, "policy-violation")])
  func attributes(_ count: Int, error: String) {
    let text = "<iq" + (1...count).map { " a\($0)=''" }.joined() + "/>"
    Play(
      "\(count)", .client(Cast.header()), .edge(Cast.loginOffered), .client(text),
      .edge(Cast.error(error)), .closes
    ).perform(.everywhere)
  }

  @Test("Other limits than the usual")
  func ownLimits() {
    let setup = Setup(
      domains: [Cast.domain], limits: Limits(bytes: 400, elements: 3, depth: 2))
    Play(
      "deep", setup: setup, .client(Cast.header() + "<iq><a"),
      .edge(Cast.loginOffered + Cast.error("policy-violation")), .closes
    ).performCutEverywhere()
  }
}

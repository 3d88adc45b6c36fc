import Shared
import Testing

@testable import Conversation

/// What nodes show, and what an edge makes of it.
@Suite("Features of nodes") struct NodeFeaturesTests {
  static let tls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
  static let mark = "<edge xmlns='urn:redirect-edge:1'/>"

  static func mechanisms(_ names: String...) -> String {
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
      + names.map { "<mechanism>\($0)</mechanism>" }.joined() + "</mechanisms>"
  }

  /// As a probe reads them, cut at `cut` bytes.
  static func read(_ features: String, header: String = ProbeTests.header, cut: Int = 0) throws
    -> NodeFeatures
  {
    var stream = NodeStream()
    var found: NodeFeatures?
    let bytes = Array((header + features).utf8)
    for piece in [bytes[..<cut], bytes[cut...]] {
      stream.feed(piece.span)
      while let (kind, piece) = try stream.next() {
        if kind == .element { found = NodeFeatures(stream.workspace.markup, in: piece.span) }
      }
    }
    return try #require(found)
  }

  static func features(_ content: String) -> String {
    "<stream:features>\(content)</stream:features>"
  }

  static func text(_ bytes: [UInt8]?) -> String? {
    bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(
    arguments: [
      (features(mechanisms("A")), features(mechanisms("A"))),
      (features(tls + mechanisms("A")), features(mechanisms("A"))),
      (features(mechanisms("A") + tls), features(mechanisms("A"))),
      (
        features("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls><b/>"),
        features("<b/>")
      ),
      (
        // White space behind it goes with it.
        features("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'\n></starttls >\n<b/>"),
        features("<b/>")
      ),
      (
        // Below something else it is not the stream's offer.
        features("<a xmlns='x'><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></a>"),
        features("<a xmlns='x'><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></a>")
      ),
      (features("<a xml:lang='de'>\u{e9}</a>"), features("<a xml:lang='de'>\u{e9}</a>")),
      ("<stream:features/>", "<stream:features/>"),
    ])
  func whatIsShown(came: String, shown: String) throws {
    for cut in 0..<(ProbeTests.header + came).utf8.count {
      let features = try Self.read(came, cut: cut)
      #expect(Self.text(features.shown) == shown)
      #expect(Self.text(features.text) == shown)
    }
  }

  /// What needs a prefix of the node's header cannot be shown behind ours.
  @Test(
    arguments: [
      ("x", "<x:features>\(mechanisms("A"))</x:features>"),
      ("stream", features("<y:a/>")),
      ("stream", features("<a y:b='c'/>")),
    ])
  func whatNeedsTheNodesHeader(prefix: String, came: String) throws {
    let header =
      "<\(prefix):stream xmlns='jabber:client' xmlns:y='z'"
      + " xmlns:\(prefix)='http://etherx.jabber.org/streams' version='1.0'>"
    let features = try Self.read(came, header: header)
    #expect(features.shown.isEmpty)
    #expect(Self.text(features.text) == came)
  }

  @Test func nothingKnownIsNothingOffered() {
    #expect(NodeFeatures.offer(of: []) == nil)
    #expect(NodeFeatures.agree([]))
  }

  /// One that says `<edge/>` is no node; what an edge offers says it.
  @Test func theOfferIsMarked() throws {
    let node = try Self.read(Self.features(Self.mechanisms("A", "B")))
    let offer = try #require(NodeFeatures.offer(of: [node]))
    #expect(Self.text(offer) == Self.features(Self.mechanisms("A", "B") + Self.mark))
    #expect(try Self.read(Self.text(offer)!).isEdge)
  }

  /// The order does not count: Prosody's changes from start to start.
  @Test func nodesThatAgreeInAnotherOrder() throws {
    let binding = { (names: [String]) in
      "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"
        + names.map { "<channel-binding type='\($0)'/>" }.joined() + "</sasl-channel-binding>"
    }
    let one = try Self.read(
      Self.features(Self.mechanisms("A", "B") + binding(["tls-exporter", "tls-server-end-point"])))
    let other = try Self.read(
      Self.features(Self.mechanisms("B", "A") + binding(["tls-server-end-point", "tls-exporter"])))
    #expect(NodeFeatures.agree([one, other]))
    #expect(
      Self.text(NodeFeatures.offer(of: [one, other]))
        == Self.features(
          Self.mechanisms("A", "B") + binding(["tls-exporter", "tls-server-end-point"]) + Self.mark)
    )
    let third = try Self.read(Self.features(Self.mechanisms("B", "A")))
    #expect(!NodeFeatures.agree([one, third]))
  }

  @Test func nodesThatDifferOfferWhatAllHave() throws {
    let one = try Self.read(Self.features(Self.mechanisms("A", "B", "C")))
    let other = try Self.read(Self.features(Self.mechanisms("C", "B")))
    #expect(
      Self.text(NodeFeatures.offer(of: [one, other]))
        == Self.features(Self.mechanisms("B", "C") + Self.mark))
  }
}

import Conversation
import SeededNumbers
import Shared
import Testing

/// The edge as a client of a node: what it says, and what it makes of the answers, however they are cut.
@Suite struct ProbeTests {
  typealias Said = (text: String, action: Probe.Action)

  static let domain = Array("im.example".utf8)
  static let header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/"
    + "streams' id='1' from='im.example' version='1.0'>"
  static let ourHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/"
    + "streams' to='im.example' version='1.0' xml:lang='en'>"
  static let end = "</stream:stream>"
  static let tls =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
  static let features = """
    <stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
    <mechanism>SCRAM-SHA-256-PLUS</mechanism><mechanism>SCRAM-SHA-256</mechanism><mechanism/>\
    </mechanisms><sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>\
    <channel-binding type='tls-exporter'/><channel-binding type='tls-server-end-point'/>\
    </sasl-channel-binding><authentication xmlns='urn:xmpp:sasl:2'>\
    <mechanism>SCRAM-SHA-1</mechanism><inline><bind xmlns='urn:xmpp:bind:0'/></inline>\
    </authentication><register xmlns='http://jabber.org/features/iq-register'/></stream:features>
    """

  /// Feeds pieces of `pieceLength` bytes (0: all at once) until something happens.
  static func feed(
    _ probe: inout Probe, _ text: String, pieceLength: Int = 0
  ) -> Said {
    let bytes = Array(text.utf8)
    var output: [UInt8] = []
    var action = Probe.Action.read
    var start = 0
    while start < bytes.count, action == .read {
      let end = pieceLength == 0 ? bytes.count : min(bytes.count, start + pieceLength)
      action = probe.receive(bytes[start..<end].span, output: &output)
      start = end
    }
    return (String(decoding: output, as: UTF8.self), action)
  }

  static func opening(_ probe: inout Probe) -> String {
    var output: [UInt8] = []
    probe.open(&output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test(arguments: [0, 1, 2, 7]) func theHeaderIsEnoughForAFrequentProbe(pieces: Int) {
    var probe = Probe(domain: Self.domain, goal: .header, upgrades: true)
    #expect(Self.opening(&probe) == Self.ourHeader)
    let said = Self.feed(&probe, Self.header + Self.tls, pieceLength: pieces)
    #expect(said == (Self.end, .done(nil)))
    let came = probe.hasHeader
    #expect(came)
  }

  @Test(arguments: [0, 1, 2, 7]) func aFullProbeGoesThroughTLSToTheFeatures(pieces: Int) {
    var probe = Probe(domain: Self.domain, goal: .features, upgrades: true)
    _ = Self.opening(&probe)
    let asked = Self.feed(&probe, Self.header + Self.tls, pieceLength: pieces)
    #expect(asked == ("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", .read))
    let proceed = Self.feed(
      &probe, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", pieceLength: pieces)
    #expect(proceed == ("", .startTLS))
    var output: [UInt8] = []
    probe.secured(&output)
    #expect(String(decoding: output, as: UTF8.self) == Self.ourHeader)
    let (text, action) = Self.feed(
      &probe, Self.header + Self.features, pieceLength: pieces)
    #expect(text == Self.end)
    guard case .done(let found?) = action else {
      Issue.record("\(action)")
      return
    }
    #expect(found.mechanisms == ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", ""])
    #expect(found.sasl2Mechanisms == ["SCRAM-SHA-1"])
    #expect(found.channelBindings == ["tls-exporter", "tls-server-end-point"])
    #expect(!found.isEdge)
  }

  /// What an attacker on the way puts behind `<proceed/>` must not count as part of the secured stream.
  @Test func nothingBehindProceedCounts() {
    var probe = Probe(domain: Self.domain, goal: .features, upgrades: true)
    _ = Self.opening(&probe)
    _ = Self.feed(&probe, Self.header + Self.tls)
    let proceed = Self.feed(
      &probe, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + Self.header + Self.features)
    #expect(proceed == ("", .startTLS))
    var output: [UInt8] = []
    probe.secured(&output)
    #expect(Self.feed(&probe, Self.header).action == .read)
  }

  @Test func directTLSAndPlainStreamsHaveOneHeader() {
    var probe = Probe(domain: Self.domain, goal: .features, upgrades: false)
    _ = Self.opening(&probe)
    guard case .done(let found?) = Self.feed(&probe, Self.header + Self.features).action else {
      Issue.record("no features")
      return
    }
    #expect(found.mechanisms.count == 3)
  }

  @Test(
    arguments: [
      ("HTTP/1.1 400 Bad Request\r\n\r\n", false, Probe.Fault.notXMPP(.notWellFormed)),
      ("SSH-2.0-OpenSSH_9.2\r\n", false, .notXMPP(.notWellFormed)),
      ("\u{16}\u{3}\u{1}", false, .notXMPP(.notWellFormed)),
      (
        "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>", false,
        .notXMPP(.invalidNamespace)
      ),
      (
        header
          + "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        true, .refused("host-unknown")
      ),
      (header + "<stream:error/>", true, .refused("without a condition")),
      (header + end, true, .ended),
      (header + "<stream:features/>", true, .noTLS),
      (header + tls + "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", true, .noTLS),
      (header + "<!-- -->", true, .notXMPP(.restrictedXML)),
      (header + "<stream:features><a></b></stream:features>", true, .notXMPP(.notWellFormed)),
    ] as [(String, Bool, Probe.Fault)])
  func faults(text: String, hasHeader: Bool, fault: Probe.Fault) {
    for pieces in [0, 1, 3] {
      var probe = Probe(domain: Self.domain, goal: .features, upgrades: true)
      _ = Self.opening(&probe)
      #expect(Self.feed(&probe, text, pieceLength: pieces).action == .failed(fault))
      let came = probe.hasHeader
      #expect(came == hasHeader)
      // It is over: nothing more is said or looked at.
      #expect(Self.feed(&probe, Self.header + Self.features) == ("", .read))
    }
  }

  @Test func bytesWithoutEndAreAFault() {
    var probe = Probe(domain: Self.domain, goal: .features, upgrades: true)
    _ = Self.opening(&probe)
    let endless = Self.header + "<stream:features>" + String(repeating: "<a/>", count: 40_000)
    #expect(
      Self.feed(&probe, endless, pieceLength: 4096).action == .failed(.notXMPP(.policyViolation)))
  }

  /// An edge says that it is one: a target that is an edge sends its clients round and round.
  @Test(arguments: [Security.starttls, .plain]) func anEdgeIsRecognised(security: Security) {
    let setup = Setup(domains: [Domain(canonical: Self.domain)])
    var workspace = Workspace()
    var edge = Conversation(security: security)
    var probe = Probe(domain: Self.domain, goal: .firstFeatures, upgrades: true)
    var output: [UInt8] = []
    probe.open(&output)
    _ = edge.receive(output.span, setup: setup, random: 1, workspace: &workspace)
    output.removeAll()
    let action = probe.receive(workspace.output.span, output: &output)
    guard case .done(let found?) = action else {
      Issue.record("\(action)")
      return
    }
    #expect(found.isEdge)
  }

  @Test(arguments: 0..<200) func anyBytes(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed) + 1)
    var bytes = Array((Self.header + Self.tls + Self.features + Self.end).utf8)
    for _ in 0..<(1 + seed % 8) {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch seed % 3 {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      }
    }
    var whole = Probe(domain: Self.domain, goal: .features, upgrades: false)
    var cut = Probe(domain: Self.domain, goal: .features, upgrades: false)
    let text = String(decoding: bytes, as: UTF8.self)
    let first = Self.feed(&whole, text)
    let second = Self.feed(&cut, text, pieceLength: 1)
    #expect(first == second)
  }
}

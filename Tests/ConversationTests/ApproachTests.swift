import SeededNumbers
import Shared
import Testing

@testable import Conversation

/// The edge at a node's door in a client's name: whole dialogues, however the node's bytes are cut.
@Suite("Approach") struct ApproachTests {
  static let header = ProbeTests.header
  static let features = ProbeTests.features
  static let tls = ProbeTests.tls
  static let domain = Array("im.example".utf8)
  static let starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
  static let proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
  static let clientHeader =
    "<s:stream from='alice@im.example' to='im.example' version='1.0' xmlns='jabber:client'"
    + " xmlns:s='http://etherx.jabber.org/streams'>"
  static let auth =
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHB3</auth>"
  static let later = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>"
  static let response = "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AGFsaWNlAHB3</response>"
  static let challenge = "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
  static let failure =
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><invalid-mechanism/></failure>"

  /// What a client said, what its node says, and what becomes of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var header = ApproachTests.clientHeader
    var login: [String] = []
    var isModern = true
    var upgrades = false
    /// The node's words; `TLS` between them is the handshake.
    let node: [String]
    let toNode: String
    var toClient = ""
    var outcome = Approach.Action.pump
    var testDescription: String { name }
  }

  static let ours = ProbeTests.ourHeader

  static let cases: [Case] = [
    Case(
      name: "named by the header: the node's greeting is the client's",
      node: [header + features], toNode: clientHeader, toClient: header + features),
    Case(
      name: "what comes behind the features is the client's too",
      node: [header + features + "<message/><mess"], toNode: clientHeader,
      toClient: header + features + "<message/><mess"),
    Case(
      name: "STARTTLS is not for a client that is inside TLS",
      node: [header + "<stream:features>\(starttls)<a xmlns='b'/></stream:features>"],
      toNode: clientHeader,
      toClient: header + "<stream:features><a xmlns='b'/></stream:features>"),
    Case(
      name: "features under a prefix of the node's own are the client's, behind its header",
      node: [
        "<x:stream xmlns:x='http://etherx.jabber.org/streams' xmlns='jabber:client' version='1.0'>"
          + "<x:features><a xmlns='b'/></x:features>"
      ], toNode: clientHeader,
      toClient:
        "<x:stream xmlns:x='http://etherx.jabber.org/streams' xmlns='jabber:client' version='1.0'>"
        + "<x:features><a xmlns='b'/></x:features>"),
    Case(
      name: "named by its login: that is said again, and the greeting is not",
      login: [auth], node: [header + features], toNode: clientHeader + auth),
    Case(
      name: "through STARTTLS, and in the clear no more is said than the domain",
      login: [auth], upgrades: true, node: [header + tls, proceed, "TLS", header + features],
      toNode: ours + starttls + clientHeader + auth),
    Case(
      name: "named by its header, through STARTTLS",
      upgrades: true, node: [header + tls, proceed, "TLS", header + features],
      toNode: ours + starttls + clientHeader, toClient: header + features),
    Case(
      name: "bytes behind <proceed/> do not count",
      upgrades: true, node: [header + tls, proceed + header + features, "TLS", header + features],
      toNode: ours + starttls + clientHeader, toClient: header + features),
    Case(
      name: "the answer to our empty challenge answers the node's",
      login: [later, response], node: [header + features, challenge],
      toNode: clientHeader + later + response),
    Case(
      name: "a node that refuses instead of asking is heard by the client",
      login: [later, response], node: [header + features, failure],
      toNode: clientHeader + later, toClient: failure),
    Case(
      name: "before 1.0 there are no features",
      header: "<s:stream old=''>", login: ["<iq/>"], isModern: false, node: [header],
      toNode: "<s:stream old=''><iq/>"),
    Case(
      name: "before 1.0, through STARTTLS: ours has features, the client's has none",
      header: "<s:stream old=''>", login: ["<iq/>"], isModern: false, upgrades: true,
      node: [header + tls, proceed, "TLS", header],
      toNode: ours + starttls + "<s:stream old=''><iq/>"),
    Case(
      name: "no STARTTLS where it is wanted: nothing is said of the client",
      login: [auth], upgrades: true, node: [header + features], toNode: ours,
      outcome: .failed(.noTLS)),
    Case(
      name: "STARTTLS is refused",
      login: [auth], upgrades: true,
      node: [header + tls, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
      toNode: ours + starttls, outcome: .failed(.noTLS)),
    Case(
      name: "a stream error at the door",
      login: [auth],
      node: [
        header + "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
          + "</stream:error>"
      ], toNode: clientHeader, outcome: .failed(.refused("host-unknown"))),
    Case(
      name: "a stream error instead of a challenge",
      login: [later, response],
      node: [
        header + features,
        "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
          + "</stream:error>",
      ],
      toNode: clientHeader + later, outcome: .failed(.refused("reset"))),
    Case(
      name: "the node ends the stream", node: [header + "</stream:stream>"], toNode: clientHeader,
      outcome: .failed(.ended)),
    Case(
      name: "no XMPP at all", node: ["HTTP/1.1 400 Bad Request\r\n\r\n"], toNode: clientHeader,
      outcome: .failed(.notXMPP(.notWellFormed))),
  ]

  static func said(_ play: Case) -> Said {
    var said = Said()
    said.header = Array(play.header.utf8)
    said.login = play.login.map { Array($0.utf8) }
    said.isModern = play.isModern
    return said
  }

  static func perform(_ play: Case, _ cut: Cut) {
    var approach = Approach(said(play), domain: domain, upgrades: play.upgrades)
    var toNode: [UInt8] = []
    var toClient: [UInt8] = []
    var action = Approach.Action.read
    approach.open(&toNode)
    for line in play.node {
      if line == "TLS" {
        #expect(action == .startTLS, "\(play.name), \(cut)")
        approach.secured(&toNode)
        action = .read
        continue
      }
      for piece in cut.pieces(Array(line.utf8)) {
        if action == .pump {
          toClient += piece
        } else if action == .read {
          action = approach.receive(piece.span, toNode: &toNode, toClient: &toClient)
        }
      }
    }
    #expect(action == play.outcome, "\(play.name), \(cut)")
    #expect(String(decoding: toNode, as: UTF8.self) == play.toNode, "\(play.name), \(cut)")
    #expect(String(decoding: toClient, as: UTF8.self) == play.toClient, "\(play.name), \(cut)")
  }

  @Test(arguments: cases) func dialogue(play: Case) {
    Self.perform(play, .whole)
    Self.perform(play, .everywhere)
    let longest = play.node.map(\.utf8.count).max()!
    for place in 1..<longest { Self.perform(play, .once(place)) }
  }

  /// Whatever a node says, nothing of the client is said before TLS, its login at most once, and the approach ends.
  @Test func whateverComes() {
    var random = SeededGenerator(seed: 4)
    for round in 0..<20_000 {
      let play = Self.cases[round % Self.cases.count]
      var approach = Approach(Self.said(play), domain: Self.domain, upgrades: play.upgrades)
      var toNode: [UInt8] = []
      var toClient: [UInt8] = []
      approach.open(&toNode)
      var action = Approach.Action.read
      for line in play.node {
        if line == "TLS" {
          guard action == .startTLS else { break }
          approach.secured(&toNode)
          action = .read
          continue
        }
        guard action == .read else { break }
        let bytes = FuzzTests.mutated(Array(line.utf8), &random)
        action = approach.receive(bytes.span, toNode: &toNode, toClient: &toClient)
        if play.upgrades, action == .startTLS {
          #expect(String(decoding: toNode, as: UTF8.self) == Self.ours + Self.starttls)
        }
      }
      let text = String(decoding: toNode, as: UTF8.self)
      if let first = play.login.first {
        #expect(text.split(separator: first).count <= 2, "\(text)")
      }
      if action != .pump { #expect(toClient.isEmpty) }
    }
  }
}

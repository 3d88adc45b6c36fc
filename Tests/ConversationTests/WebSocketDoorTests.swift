import SeededNumbers
import Shared
import Testing

@testable import Conversation

/// The edge at the WebSocket of a node: in a client's name, and to see what is offered.
@Suite("WebSocket door") struct WebSocketDoorTests {
  static let door = WebSocketDoor(
    authority: "im1.example", path: "/ws?x", key: Array(WebWords.key.utf8),
    proof: Array("proof".utf8), mask: 1)
  static let knock =
    "GET /ws?x HTTP/1.1\r\nHost: im1.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: xmpp\r\n"
    + "Sec-WebSocket-Key: \(WebWords.key)\r\n\r\n"
  static let welcome =
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: upgrade\r\n"
    + "Sec-WebSocket-Accept: proof\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n"
  static let theirs =
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='1' from='a.example' version='1.0'/>"
  static let features =
    "<features xmlns='http://etherx.jabber.org/streams'>"
    + "<m:mechanisms xmlns:m='urn:ietf:params:xml:ns:xmpp-sasl'><m:mechanism>PLAIN</m:mechanism>"
    + "</m:mechanisms></features>"

  static func frame(_ text: String) -> [UInt8] {
    var output = Array(text.utf8)
    WebSocketFrames.wrap(.text, from: 0, &output)
    return output
  }

  /// The knock, and the messages behind it.
  static func heard(_ bytes: [UInt8]) -> [String] {
    #expect(bytes.starts(with: knock.utf8))
    let rest = Array(bytes.dropFirst(knock.utf8.count))
    return rest.isEmpty ? [] : WebSocketFramesTests.messages(rest, .client)
  }

  static func approach(
    _ node: [UInt8], login: [String] = [], _ cut: Cut
  ) -> (action: Approach.Action, toNode: [String], toClient: [UInt8]) {
    var said = Said()
    said.header = Array(WebWords.open().utf8)
    said.login = login.map { Array($0.utf8) }
    var approach = Approach(said, domain: Array("a.example".utf8), upgrades: false, through: door)
    var toNode: [UInt8] = []
    var toClient: [UInt8] = []
    approach.open(&toNode)
    var action = Approach.Action.read
    for piece in cut.pieces(node) {
      if action == .pump {
        toClient += piece
      } else if action == .read {
        action = approach.receive(piece.span, toNode: &toNode, toClient: &toClient)
      }
    }
    return (action, heard(toNode), toClient)
  }

  static let auth = Cast.auth("PLAIN", "\0bob\0pw")
  static let greeting = Array(welcome.utf8) + frame(theirs) + frame(features)
  static let cuts: [Cut] = [.whole, .everywhere] + (1..<500).map { .once($0) }

  @Test("named by <open/>: the node's greeting is the client's, and what is behind it")
  func named() {
    let more = Self.frame("<a/>") + [0x89]
    for cut in Self.cuts {
      let (action, toNode, toClient) = Self.approach(Self.greeting + more, cut)
      #expect(action == .pump, "\(cut)")
      #expect(toNode == [WebWords.open()], "\(cut)")
      #expect(toClient == Self.frame(Self.theirs) + Self.frame(Self.features) + more, "\(cut)")
    }
  }

  @Test("named by its login: that is said again, and the greeting is not")
  func login() {
    for cut in Self.cuts {
      let (action, toNode, toClient) = Self.approach(Self.greeting, login: [Self.auth], cut)
      #expect(action == .pump, "\(cut)")
      #expect(toNode == [WebWords.open(), Self.auth], "\(cut)")
      #expect(toClient.isEmpty, "\(cut)")
    }
  }

  @Test("a login in two steps")
  func halfway() {
    let later = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>"
    let node =
      Self.greeting + Self.frame(Cast.challenge)
      + Self.frame("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    for cut in Self.cuts {
      let (action, toNode, toClient) = Self.approach(
        node, login: [later, Cast.response("\0bob\0pw")], cut)
      #expect(action == .pump, "\(cut)")
      #expect(toNode == [WebWords.open(), later, Cast.response("\0bob\0pw")], "\(cut)")
      #expect(
        toClient == Self.frame("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"), "\(cut)")
    }
  }

  /// What a node says, and why it cannot be had.
  static let shut: [(node: [UInt8], fault: Probe.Fault)] = [
    (Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8), .refusedWebSocket("404")),
    (Array("HTTP/1.0 200 OK\r\n\r\nhello".utf8), .refusedWebSocket("200")),
    (Array(welcome.replacing("proof", with: "other").utf8), .notWebSocket),
    (Array(welcome.replacing("xmpp", with: "mqtt").utf8), .notWebSocket),
    (Array(welcome.replacing("upgrade: WebSocket", with: "upgrade: h2c").utf8), .notWebSocket),
    (
      Array(
        welcome.replacing(
          "\r\n\r\n", with: "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        )
        .utf8), .notWebSocket
    ),
    (Array("<?xml version='1.0'?><stream:stream>\r\n\r\n".utf8), .notWebSocket),
    (Array(repeating: 0x78, count: 9000), .notWebSocket),
    (Array(welcome.utf8) + WebWords.frame(theirs), .notWebSocket),
    (Array(welcome.utf8) + frame("hello"), .notXMPP(.badFormat)),
    (Array(welcome.utf8) + frame("<a>"), .notXMPP(.notWellFormed)),
    (Array(welcome.utf8) + frame(theirs) + frame(WebWords.close), .ended),
    (Array(welcome.utf8) + [0x88, 0x00], .ended),
    (
      Array(welcome.utf8) + frame(theirs) + frame(WebWords.error("host-unknown")),
      .refused("host-unknown")
    ),
  ]

  @Test("nodes that do not let us in", arguments: shut.indices)
  func refusals(_ index: Int) {
    let (node, fault) = Self.shut[index]
    for cut in [Cut.whole, .everywhere] {
      let (action, _, toClient) = Self.approach(node, login: [Self.auth], cut)
      #expect(action == .failed(fault), "\(cut)")
      #expect(toClient.isEmpty)
      var probe = Probe(
        domain: Array("a.example".utf8), goal: .features, upgrades: false, through: Self.door)
      var output: [UInt8] = []
      probe.open(&output)
      var answer = Probe.Action.read
      for piece in cut.pieces(node) where answer == .read {
        answer = probe.receive(piece.span, output: &output)
      }
      #expect(answer == .failed(fault), "\(cut)")
    }
  }

  @Test("a probe learns what is offered, word for word, and takes its leave")
  func probe() throws {
    for cut in Self.cuts {
      var probe = Probe(
        domain: Array("a.example".utf8), goal: .features, upgrades: false, through: Self.door)
      var output: [UInt8] = []
      probe.open(&output)
      var action = Probe.Action.read
      for piece in cut.pieces(Self.greeting) where action == .read {
        action = probe.receive(piece.span, output: &output)
      }
      guard case .done(let features?) = action else {
        Issue.record("\(action), \(cut)")
        return
      }
      #expect(String(decoding: features.shown, as: UTF8.self) == Self.features, "\(cut)")
      #expect(features.mechanisms == ["PLAIN"])
      #expect(
        Self.heard(output) == [
          "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a.example' version='1.0'/>",
          WebWords.close,
        ], "\(cut)")
    }
  }

  @Test("Whatever a node says, it comes to an end or waits")
  func fuzz() {
    var random = SeededGenerator(seed: 78)
    let seeds = Self.shut.map(\.node) + [Self.greeting]
    for _ in 0..<3000 {
      let node = FuzzTests.mutated(seeds.randomElement(using: &random)!, &random)
      let whole = Self.approach(node, login: [Self.auth], .whole)
      let cut = Self.approach(node, login: [Self.auth], .everywhere)
      #expect(whole.action == cut.action)
      #expect(whole.toNode == cut.toNode)
      #expect(whole.toClient == cut.toClient)
    }
  }
}

import SeededNumbers
import Shared
import Testing

@testable import Conversation

/// A client that comes by WebSocket, from its request to its answer.
@Suite("WebSocket") struct WebSocketTests {
  static let auth = Cast.auth("SCRAM-SHA-256", "n,,n=bob,r=x")

  /// Plays a client that sends this, cut like that.
  static func play(
    _ bytes: [UInt8], _ cut: Cut, domains: [Domain] = [Cast.domain],
    then end: (inout WebStage) -> Void = { _ in }
  ) -> (words: [String], action: Conversation.Action, user: String) {
    var stage = WebStage(.messages, domains: domains)
    for piece in cut.pieces(bytes) { stage.send(piece) }
    end(&stage)
    return (stage.words, stage.action, stage.action == .identified ? stage.user : "")
  }

  static let cuts: [Cut] = [.whole, .everywhere] + (1..<900).map { .once($0) }

  @Test("a client named by its login, however its bytes are cut")
  func login() {
    let bytes =
      WebWords.request() + WebWords.frame(WebWords.open()) + WebWords.frame(Self.auth)
    for cut in Self.cuts {
      let (words, action, user) = Self.play(bytes, cut) { $0.redirect(to: "wss://im1.example/ws") }
      #expect(action == .identified, "\(cut)")
      #expect(user == "bob@a.example", "\(cut)")
      #expect(
        words == [
          WebWords.welcome, WebWords.ours, WebWords.mechanisms,
          "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='wss://im1.example/ws'/>",
          "close 1000",
        ], "\(cut)")
    }
  }

  @Test("a client named by its <open/> is told another place instead of our <open/>")
  func named() {
    let bytes = WebWords.request() + WebWords.frame(WebWords.open(from: "bob@a.example/x"))
    for cut in Self.cuts {
      let (words, action, user) = Self.play(bytes, cut) {
        let isNamed = $0.isNamedByHeader
        #expect(isNamed)
        $0.redirect(to: "wss://im1.example/ws?a&b")
      }
      #expect(action == .identified, "\(cut)")
      #expect(user == "bob@a.example", "\(cut)")
      #expect(
        words == [
          WebWords.welcome,
          "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'"
            + " see-other-uri='wss://im1.example/ws?a&amp;b'/>",
          "close 1000",
        ], "\(cut)")
    }
  }

  @Test("no node: an error, with our <open/> if it was not said")
  func noNode() {
    for (bytes, opening) in [
      (WebWords.frame(WebWords.open(from: "bob@a.example")), [WebWords.ours]),
      (
        WebWords.frame(WebWords.open()) + WebWords.frame(Self.auth),
        [WebWords.ours, WebWords.mechanisms]
      ),
    ] {
      let words = Self.play(WebWords.request() + bytes, .whole) {
        $0.fail(.remoteConnectionFailed)
      }.words
      #expect(
        words == [WebWords.welcome] + opening + [
          WebWords.error("remote-connection-failed"), WebWords.close, "close 1000",
        ])
    }
  }

  @Test("messages in fragments, with control frames between them")
  func fragments() {
    let open = Array(WebWords.open(from: "bob@a.example").utf8)
    let bytes =
      WebWords.request() + WebWords.frame(open[..<5], 1, isLast: false)
      + WebWords.frame("are you there?".utf8, 9)
      + WebWords.frame(open[5..<5], 0, isLast: false) + WebWords.frame("".utf8, 10)
      + WebWords.frame(open[5...], 0)
    for cut in Self.cuts {
      let (words, action, user) = Self.play(bytes, cut)
      #expect(action == .identified, "\(cut)")
      #expect(user == "bob@a.example", "\(cut)")
      #expect(words == [WebWords.welcome, "pong are you there?"], "\(cut)")
    }
  }

  @Test("what a relayed client has said is whole, and what is behind it is not touched")
  func said() {
    var stage = WebStage(.messages, mayRelay: true)
    let behind = WebWords.frame("<presence/>") + [0x81]
    stage.send(
      WebWords.request() + WebWords.frame(WebWords.open()) + WebWords.frame(Self.auth) + behind)
    let said = stage.takeSaid()
    #expect(String(decoding: said.header, as: UTF8.self) == WebWords.open())
    #expect(said.login.map { String(decoding: $0, as: UTF8.self) } == [Self.auth])
    #expect(stage.behind == behind)
  }

  @Test("refused logins in messages of their own, the third ends it")
  func refusedLogins() {
    let bad = WebWords.frame(Cast.auth("DIGEST-MD4", ""))
    let failure = Cast.failure("invalid-mechanism")
    let (words, action, _) = Self.play(
      WebWords.request() + WebWords.frame(WebWords.open()) + bad + bad + bad, .whole)
    #expect(action == .close)
    #expect(
      words == [
        WebWords.welcome, WebWords.ours, WebWords.mechanisms, failure, failure, failure,
        WebWords.error("policy-violation"), WebWords.close, "close 1000",
      ])
  }

  @Test("jabber:iq:auth names its namespace")
  func query() {
    let ask = "<iq xmlns='jabber:client' type='get' id='1'><query xmlns='jabber:iq:auth'/></iq>"
    let (words, action, _) = Self.play(
      WebWords.request() + WebWords.frame(WebWords.open()) + WebWords.frame(ask), .whole)
    #expect(action == .read)
    #expect(
      words.last
        == "<iq xmlns='jabber:client' type='result' id='1'><query xmlns='jabber:iq:auth'>"
        + "<username/><digest/><resource/></query></iq>")
  }

  @Test("Whatever comes, it ends alike however it is cut", arguments: 0..<4 as Range<UInt64>)
  func fuzz(_ block: UInt64) {
    var random = SeededGenerator(seed: 5000 + block)
    let seeds =
      Self.ended.map { WebWords.request() + $0.frames } + Self.refused.map(\.request)
      + [WebWords.request() + WebWords.frame(WebWords.open()) + WebWords.frame(Self.auth)]
    for _ in 0..<400 {
      let bytes = FuzzTests.mutated(seeds.randomElement(using: &random)!, &random)
      let whole = Self.play(bytes, .whole)
      let cut = Self.play(bytes, .everywhere)
      #expect(whole.words == cut.words)
      #expect(whole.action == cut.action)
      #expect(whole.user == cut.user)
    }
  }
}

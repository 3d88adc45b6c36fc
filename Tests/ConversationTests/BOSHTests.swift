import SeededNumbers
import Shared
import Testing

@testable import Conversation

/// A request for a BOSH session.
@Suite("BOSH") struct BOSHTests {
  static func body(_ attributes: String) -> String {
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='1' ver='1.6' wait='60' hold='1'"
      + " xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'\(attributes)/>"
  }

  static func request(
    _ body: String, _ line: String = "POST /http-bind HTTP/1.1", length: String? = nil,
    with fields: [String] = []
  ) -> [UInt8] {
    let length = length ?? "Content-Length: \(body.utf8.count)"
    return Array(
      ([line, "Host: edge.example", "Content-Type: text/xml; charset=utf-8", length] + fields + [
        "", body,
      ]).joined(separator: "\r\n").utf8)
  }

  static func play(
    _ bytes: [UInt8], _ cut: Cut, then end: (inout WebStage) -> Void = { _ in }
  ) -> (words: [String], action: Conversation.Action) {
    var stage = WebStage(.bosh)
    for piece in cut.pieces(bytes) { stage.send(piece) }
    end(&stage)
    return (stage.words, stage.action)
  }

  static func head(_ length: Int) -> String {
    "HTTP/1.1 200 OK|Content-Type: text/xml; charset=utf-8|Content-Length: \(length)"
      + "|Cache-Control: no-store|Access-Control-Allow-Origin: *|Connection: close||"
  }

  static let named = request(body(" to='a.example' from='bob@a.example/x'"))

  @Test("a named user is told another place, however the request is cut")
  func redirect() {
    let answer =
      "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'"
      + " condition='see-other-uri'><uri>https://im1.example/bosh?a&amp;b</uri></body>"
    for cut in [Cut.whole, .everywhere] + (1..<400).map({ Cut.once($0) }) {
      let (words, action) = Self.play(Self.named, cut) {
        let user = $0.user
        #expect(user == "bob@a.example")
        $0.redirect(to: "https://im1.example/bosh?a&b")
      }
      #expect(action == .identified, "\(cut)")
      #expect(words == [Self.head(answer.utf8.count), answer], "\(cut)")
    }
  }

  @Test("no node")
  func noNode() {
    let words = Self.play(Self.named, .whole) { $0.fail(.remoteConnectionFailed) }.words
    #expect(words.last?.contains("condition='remote-connection-failed'") == true)
  }

  /// What is asked, and what is in the answer.
  static let refused: [(request: [UInt8], answer: String, words: String)] = [
    (request(body(" to='a.example'")), "200 OK", "expected the user's address in from"),
    (
      request(body(" to='a.example' from='a.example'")), "200 OK",
      "<not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
    ),
    (
      request(body(" to='c.example' from='bob@c.example'")), "200 OK",
      "condition='host-unknown'"
    ),
    (
      request(body(" to='a.example' from='bob@b.example'")), "200 OK",
      "<invalid-from xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
    ),
    (request(body(" sid='x'")), "200 OK", "condition='item-not-found'"),
    (request("x", "POST /x HTTP/3.7"), "505 HTTP Version Not Supported", "expected HTTP/1.1"),
    (request("<body/>"), "200 OK", "condition='bad-request'"),
    (request("<body"), "200 OK", "condition='bad-request'"),
    (request("<!DOCTYPE a>"), "200 OK", "condition='bad-request'"),
    (request(body("") + "x"), "200 OK", "condition='bad-request'"),
    (request("", "GET /http-bind HTTP/1.1"), "405 Method Not Allowed", "expected POST"),
    (request("x", length: "Content-Length: x"), "400 Bad Request", "no number"),
    (request("x", length: "Content-Length: -1"), "400 Bad Request", "no number"),
    (request("x", length: "Content-Length:"), "400 Bad Request", "expected a body"),
    (request("x", length: "Content-Length: 0"), "400 Bad Request", "expected a body"),
    (request("x", length: "X: y"), "411 Length Required", "expected one"),
    (
      request("x", with: ["Content-Length: 2"]), "411 Length Required", "expected one"
    ),
    (request("x", with: ["Transfer-Encoding: chunked"]), "411 Length Required", "expected one"),
    (request("x", length: "Content-Length: 8193"), "413 Content Too Large", "too large"),
    (
      request("x", length: "Content-Length: 99999999999999999999999"), "413 Content Too Large",
      "too large"
    ),
  ]

  @Test("requests that get no session are told why", arguments: refused.indices)
  func refusals(_ index: Int) {
    let (request, answer, expected) = Self.refused[index]
    for cut in [Cut.whole, .everywhere] {
      let (words, action) = Self.play(request, cut)
      #expect(action == .close, "\(cut)")
      #expect(words.first?.hasPrefix("HTTP/1.1 \(answer)|") == true, "\(words)")
      #expect(words.count == 2)
      #expect(words.last?.contains(expected) == true, "\(words)")
      #expect(words[0].contains("|Access-Control-Allow-Origin: *|"))
    }
  }

  @Test("a page of another origin may ask")
  func preflight() {
    let (words, action) = Self.play(
      Self.request(
        "", "OPTIONS /http-bind HTTP/1.1",
        with: ["Origin: https://chat.example", "Access-Control-Request-Method: POST"]), .whole)
    #expect(action == .close)
    #expect(words.count == 1)
    #expect(words[0].hasPrefix("HTTP/1.1 204 No Content|Access-Control-Allow-Origin: *|"))
    #expect(words[0].contains("Access-Control-Allow-Headers: Content-Type|"))
  }

  @Test("Whatever comes, it ends alike however it is cut", arguments: 0..<4 as Range<UInt64>)
  func fuzz(_ block: UInt64) {
    var random = SeededGenerator(seed: 6000 + block)
    let seeds = Self.refused.map(\.request) + [Self.named]
    for _ in 0..<400 {
      let bytes = FuzzTests.mutated(seeds.randomElement(using: &random)!, &random)
      let whole = Self.play(bytes, .whole)
      let cut = Self.play(bytes, .everywhere)
      #expect(whole.words == cut.words)
      #expect(whole.action == cut.action)
    }
  }
}

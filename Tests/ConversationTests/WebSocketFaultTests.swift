import Testing

@testable import Conversation

/// What a client by WebSocket may do wrong, and what it is told.
extension WebSocketTests {
  /// A request, and the beginning of its answer.
  static let refused: [(request: [UInt8], answer: String)] = [
    (WebWords.request(without: "Upgrade"), "HTTP/1.1 426 Upgrade Required|"),
    (WebWords.request(without: "Connection"), "HTTP/1.1 426 Upgrade Required|"),
    (WebWords.request(without: "Sec-WebSocket-Version"), "HTTP/1.1 426 Upgrade Required|"),
    (
      WebWords.request(without: "Sec-WebSocket-Version", with: ["Sec-WebSocket-Version: 8"]),
      "HTTP/1.1 426 Upgrade Required|"
    ),
    (WebWords.request("POST /ws HTTP/1.1"), "HTTP/1.1 405 Method Not Allowed|"),
    (WebWords.request("GET /ws HTTP/1.0"), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request("GET /ws HTTP/2.0"), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(without: "Host"), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(with: ["Host: another.example"]), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(without: "Sec-WebSocket-Key"), "HTTP/1.1 400 Bad Request|"),
    (
      WebWords.request(without: "Sec-WebSocket-Key", with: ["Sec-WebSocket-Key: c2hvcnQ="]),
      "HTTP/1.1 400 Bad Request|"
    ),
    (WebWords.request(without: "Sec-WebSocket-Protocol"), "HTTP/1.1 400 Bad Request|"),
    (
      WebWords.request(
        without: "Sec-WebSocket-Protocol", with: ["Sec-WebSocket-Protocol: xmppp, mqtt"]),
      "HTTP/1.1 400 Bad Request|"
    ),
    (WebWords.request("GET  HTTP/1.1"), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(with: ["Content-Length: 5"]), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(with: ["Transfer-Encoding: chunked"]), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request("GET /"), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(with: ["Cookie : a=b"]), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(with: [" folded: line"]), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(with: ["no colon"]), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(with: ["X: \u{1}"]), "HTTP/1.1 400 Bad Request|"),
    (WebWords.request(with: ["X: a\nY: b"]), "HTTP/1.1 400 Bad Request|"),
    (
      WebWords.request(with: (0..<80).map { "X-\($0): y" }),
      "HTTP/1.1 431 Request Header Fields Too Large|"
    ),
    (
      WebWords.request(with: ["X: " + String(repeating: "y", count: 8192)]),
      "HTTP/1.1 431 Request Header Fields Too Large|"
    ),
    (Array("<?xml version='1.0'?><stream:stream>\r\n\r\n".utf8), "HTTP/1.1 400 Bad Request|"),
  ]

  @Test("requests that are no WebSocket's are told why", arguments: refused.indices)
  func refusals(_ index: Int) {
    let (request, answer) = Self.refused[index]
    for cut in [Cut.whole, .everywhere] {
      let (words, action, _) = Self.play(request, cut)
      #expect(action == .close)
      #expect(words.first?.hasPrefix(answer) == true, "\(words)")
      #expect(words.first?.contains("|Connection: close|") == true)
      // The head says how long the words are.
      #expect(words.count == 2)
      #expect(words[0].contains("|Content-Length: \(words[1].utf8.count)|"), "\(words)")
    }
  }

  /// Frames behind the request, and what is said after the greeting.
  static let ended: [(name: String, frames: [UInt8], words: [String])] = [
    ("not masked", [0x81, 0x02, 0x3c, 0x61], ["close 1002"]),
    ("a bit that no extension was agreed on for", [0xc1, 0x80, 0, 0, 0, 0], ["close 1002"]),
    ("an opcode that there is not", WebWords.frame("".utf8, 3), ["close 1002"]),
    ("a continuation of nothing", WebWords.frame("x".utf8, 0), ["close 1002"]),
    (
      "a message within a message",
      WebWords.frame("<".utf8, 1, isLast: false) + WebWords.frame("<"), ["close 1002"]
    ),
    ("a ping in parts", WebWords.frame("x".utf8, 9, isLast: false), ["close 1002"]),
    (
      "a ping of 126 bytes", WebWords.frame(repeatElement(UInt8(0), count: 126), 9),
      ["close 1002"]
    ),
    ("binary", WebWords.frame("<a/>".utf8, 2), ["close 1003"]),
    ("too long", [0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0], ["close 1009"]),
    ("as long as can be", [0x81, 0xff] + repeatElement(0xff, count: 8), ["close 1009"]),
    (
      "too long in parts",
      WebWords.frame(repeatElement(0x20, count: 5000), 1, isLast: false)
        + WebWords.frame(repeatElement(0x20, count: 5000), 0), ["close 1009"]
    ),
    ("a goodbye", WebWords.frame([0x03, 0xe9, 0x78], 8), ["close 1001"]),
    ("a goodbye without words", WebWords.frame([], 8), ["close 0"]),
    ("half a code", WebWords.frame([3], 8), ["close 1002"]),
    (
      "no XML", WebWords.frame("hello"),
      [WebWords.ours, WebWords.error("bad-format"), WebWords.close, "close 1000"]
    ),
    (
      "an empty message", WebWords.frame(""),
      [WebWords.ours, WebWords.error("not-well-formed"), WebWords.close, "close 1000"]
    ),
    (
      "half an element", WebWords.frame("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'"),
      [WebWords.ours, WebWords.error("not-well-formed"), WebWords.close, "close 1000"]
    ),
    (
      "two elements", WebWords.frame(WebWords.open() + WebWords.open()),
      [WebWords.ours, WebWords.error("not-well-formed"), WebWords.close, "close 1000"]
    ),
    (
      "not UTF-8", WebWords.frame(Array("<open a='".utf8) + [0xff] + Array("'/>".utf8)),
      ["close 1007"]
    ),
    ("half a character at the end", WebWords.frame([0xc3]), ["close 1007"]),
    (
      "a goodbye for a reason that is not on the wire", WebWords.frame([0x03, 0xed], 8),
      ["close 1002"]
    ),
    ("a goodbye below all codes", WebWords.frame([0, 1], 8), ["close 1002"]),
    ("a goodbye in no words", WebWords.frame([0x03, 0xe8, 0xff], 8), ["close 1007"]),
    ("a goodbye of an application", WebWords.frame([0x0f, 0xa0], 8), ["close 4000"]),
    (
      "a stream header", WebWords.frame(Cast.header()),
      [WebWords.ours, WebWords.error("not-well-formed"), WebWords.close, "close 1000"]
    ),
    (
      "a login before <open/>", WebWords.frame(auth),
      [WebWords.ours, WebWords.error("bad-format"), WebWords.close, "close 1000"]
    ),
    (
      "an unbound prefix", WebWords.frame("<a:open/>"),
      [WebWords.ours, WebWords.error("not-well-formed"), WebWords.close, "close 1000"]
    ),
    (
      "a domain that is not served", WebWords.frame(WebWords.open(to: "c.example")),
      [WebWords.ours, WebWords.error("host-unknown"), WebWords.close, "close 1000"]
    ),
    (
      "<open/> twice", WebWords.frame(WebWords.open()) + WebWords.frame(WebWords.open()),
      [
        WebWords.ours, WebWords.mechanisms, WebWords.error("bad-format"), WebWords.close,
        "close 1000",
      ]
    ),
    (
      "<close/>", WebWords.frame(WebWords.open()) + WebWords.frame(WebWords.close),
      [WebWords.ours, WebWords.mechanisms, WebWords.close, "close 1000"]
    ),
    (
      "<starttls/>",
      WebWords.frame(WebWords.open()) + WebWords.frame(Cast.startTLS),
      [
        WebWords.ours, WebWords.mechanisms,
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", WebWords.close, "close 1000",
      ]
    ),
    (
      "a stanza",
      WebWords.frame(WebWords.open())
        + WebWords.frame("<message xmlns='jabber:client'><body/></message>"),
      [
        WebWords.ours, WebWords.mechanisms, WebWords.error("not-authorized"), WebWords.close,
        "close 1000",
      ]
    ),
  ]

  @Test("frames and messages that end it", arguments: ended.indices)
  func ends(_ index: Int) {
    let (name, frames, expected) = Self.ended[index]
    for cut in Self.cuts {
      let (words, action, _) = Self.play(WebWords.request() + frames, cut)
      #expect(action == .close, "\(name), \(cut)")
      #expect(words == [WebWords.welcome] + expected, "\(name), \(cut)")
    }
  }
}

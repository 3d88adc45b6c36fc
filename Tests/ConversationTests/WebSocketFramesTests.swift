import SeededNumbers
import Testing

@testable import Conversation

/// Frames by themselves.
@Suite("WebSocket frames") struct WebSocketFramesTests {
  /// RFC 6455 section 5.7.
  @Test("the examples of RFC 6455")
  func examples() {
    let hello: [UInt8] = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]
    let masked: [UInt8] = [
      0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ]
    #expect(Self.messages(hello, .server) == ["Hello"])
    #expect(Self.messages(masked, .client) == ["Hello"])
    #expect(
      Self.messages([0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f], .server) == ["Hello"])
    var output = Array("Hello".utf8)
    WebSocketFrames.wrap(.text, from: 0, &output)
    #expect(output == hello)
    output = Array("Hello".utf8)
    WebSocketFrames.wrap(.text, from: 0, mask: 0x37fa_213d, &output)
    #expect(output == masked)
    let long = [UInt8](repeating: 7, count: 256)
    output = long
    WebSocketFrames.wrap(.binary, from: 0, &output)
    #expect(output == [0x82, 0x7e, 0x01, 0x00] + long)
    output = [UInt8](repeating: 7, count: 65536)
    WebSocketFrames.wrap(.binary, from: 0, &output)
    #expect(output.prefix(10) == [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0])
    #expect(output.count == 65546)
  }

  @Test("what was wrapped comes out again", arguments: [WebSocketFrames.Sender.client, .server])
  func roundTrip(_ sender: WebSocketFrames.Sender) {
    var random = SeededGenerator(seed: 77)
    for length in [0, 1, 3, 4, 5, 124, 125, 126, 127, 128, 65535, 65536, 65537] {
      let text = String(repeating: "x", count: length)
      var bytes = Array(("before" + text).utf8)
      let mask: UInt32? = sender == .client ? UInt32.random(in: 0 ... .max, using: &random) : nil
      WebSocketFrames.wrap(.text, from: 6, mask: mask, &bytes)
      #expect(bytes.prefix(6).elementsEqual("before".utf8))
      #expect(Self.messages(Array(bytes[6...]), sender) == [text])
    }
  }

  @Test("the limit is that of a message, however many frames it has")
  func limit() {
    var frames = WebSocketFrames(from: .server)
    let part: [UInt8] = [0x01, 0x02, 0x61, 0x62]
    let rest: [UInt8] = [0x00, 0x02, 0x61, 0x62]
    var (finding, count) = frames.next(part.span, limit: 5)
    #expect(finding == .nothing)
    (finding, count) = frames.next(rest.span, limit: 5)
    #expect(finding == .nothing)
    #expect(count == 4)
    // It is said as soon as the length is there.
    (finding, count) = frames.next(rest.span.extracting(..<2), limit: 5)
    #expect(finding == .failed(.tooBig))
  }

  /// The messages in these bytes, which end with one.
  static func messages(_ bytes: [UInt8], _ sender: WebSocketFrames.Sender) -> [String] {
    var frames = WebSocketFrames(from: sender)
    var found: [String] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      // Nothing is found before the last byte has come.
      for length in [rest.count / 2, 1, 0] where length < rest.count {
        var before = frames
        let part = Array(rest.prefix(length))
        let (finding, count) = before.next(part.span, limit: 1 << 20)
        if finding == .incomplete { #expect(count == 0) }
      }
      let (finding, count) = frames.next(Array(rest).span, limit: 1 << 20)
      if finding == .message {
        found.append(String(decoding: frames.message, as: UTF8.self))
        frames.forget()
      } else {
        #expect(finding == .nothing)
        guard finding == .nothing else { return found }
      }
      rest = rest.dropFirst(count)
    }
    return found
  }
}

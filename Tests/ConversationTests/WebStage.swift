import Shared
import Testing

@testable import Conversation

/// Plays one side of a connection that comes by HTTP, as the worker does: keeps what was not consumed, and presents it again
/// with what comes.
struct WebStage: ~Copyable {
  private let entrance: WebEntrance
  private var conversation: Conversation
  private var workspace = Workspace()
  private let setup: Setup
  private var pending: [UInt8] = []
  private(set) var action = Conversation.Action.read
  /// All that the edge has said.
  private(set) var said: [UInt8] = []

  init(_ framing: Framing, domains: [Domain] = [Cast.domain], mayRelay: Bool = false) {
    entrance = WebEntrance(framing)
    conversation = Conversation(security: .tls, framing: framing)
    setup = Setup(domains: domains, mayRelay: mayRelay, framing: framing)
  }

  /// The proof of a key, so that a test sees which key it was made of.
  static func proof(of key: [UInt8]) -> [UInt8] { Array("proof of ".utf8) + key }

  var user: String { String(decoding: workspace.user, as: UTF8.self) }
  var isNamedByHeader: Bool { conversation.isNamedByHeader }
  var isOpen: Bool { entrance.isOpen }
  /// What is behind the login.
  var behind: [UInt8] { pending }

  mutating func takeSaid() -> Said { conversation.takeSaid() }

  mutating func send(_ bytes: some Sequence<UInt8>) {
    guard action == .read else { return }
    pending += bytes
    let input = pending
    let step = entrance.receive(
      input.span, for: &conversation, setup: setup, random: Cast.random, workspace: &workspace,
      proof: Self.proof)
    pending.removeFirst(step.consumed)
    action = step.action
    hear()
  }

  mutating func redirect(to target: String) {
    conversation.redirect(
      to: Array(target.utf8).span, random: Cast.random, workspace: &workspace)
    hear()
  }

  mutating func fail(_ error: StreamError) {
    conversation.fail(error, random: Cast.random, workspace: &workspace)
    hear()
  }

  private mutating func hear() {
    said += workspace.output
    workspace.output.removeAll(keepingCapacity: true)
  }

  /// What was said, readable: an HTTP head without its line ends, then each frame.
  var words: [String] { WebWords.read(said) }
}

/// A client's frames, and ours made readable.
enum WebWords {
  static let key = "dGhlIHNhbXBsZSBub25jZQ=="

  static func request(
    _ line: String = "GET /ws HTTP/1.1", without left: String? = nil, with more: [String] = []
  ) -> [UInt8] {
    let fields = [
      "Host: edge.example", "Upgrade: WebSocket", "Connection: keep-alive, Upgrade",
      "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Protocol: chat, xmpp", "Origin: https://chat.example",
    ].filter { field in left.map { !field.hasPrefix($0 + ":") } ?? true }
    return Array(([line] + fields + more + ["", ""]).joined(separator: "\r\n").utf8)
  }

  static let welcome =
    "HTTP/1.1 101 Switching Protocols|Upgrade: websocket|Connection: Upgrade"
    + "|Sec-WebSocket-Protocol: xmpp|Sec-WebSocket-Accept: proof of \(key)||"

  /// A masked frame.
  static func frame(
    _ payload: some Sequence<UInt8>, _ opcode: UInt8 = 1, isLast: Bool = true,
    mask: UInt32 = 0x37fa_213d
  ) -> [UInt8] {
    var output = Array(payload)
    WebSocketFrames.wrap(.text, from: 0, mask: mask, &output)
    output[0] = (isLast ? 0x80 : 0) | opcode
    return output
  }

  static func frame(_ text: String) -> [UInt8] { frame(text.utf8) }

  static func open(to: String? = "a.example", from: String? = nil) -> String {
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'" + (to.map { " to='\($0)'" } ?? "")
      + (from.map { " from='\($0)'" } ?? "") + " version='1.0'/>"
  }

  static let ours =
    "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='0123456789abcdef' from='a.example'"
    + " version='1.0' xml:lang='en'/>"
  static let mechanisms = Cast.mechanisms.replacing(
    "<stream:features>",
    with: "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>")
  static let close = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"

  static func error(_ name: String) -> String {
    "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
      + "<\(name) xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
  }

  static func read(_ bytes: [UInt8]) -> [String] {
    var words: [String] = []
    var rest = bytes[...]
    if rest.starts(with: "HTTP/".utf8) {
      var end = rest.startIndex
      while end + 3 < rest.endIndex, !rest[end...].starts(with: "\r\n\r\n".utf8) { end += 1 }
      let head = String(decoding: rest[..<(end + 4)], as: UTF8.self)
      words.append(head.replacing("\r\n", with: "|"))
      rest = rest[(end + 4)...]
      guard head.hasPrefix("HTTP/1.1 101") else {
        return rest.isEmpty ? words : words + [String(decoding: rest, as: UTF8.self)]
      }
    }
    var frames = WebSocketFrames(from: .server)
    while !rest.isEmpty {
      let (finding, count) = frames.next(Array(rest).span, limit: 1 << 20)
      switch finding {
      case .message:
        words.append(String(decoding: frames.message, as: UTF8.self))
        frames.forget()
      case .close:
        words.append("close \(frames.control.reduce(0) { $0 << 8 | Int($1) })")
      case .nothing: words.append("pong \(String(decoding: frames.control, as: UTF8.self))")
      case .ping, .incomplete, .failed: return words + ["\(finding)"]
      }
      rest = rest[(rest.startIndex + count)...]
    }
    return words
  }
}

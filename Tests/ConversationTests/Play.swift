import Conversation
import Shared

/// A dialogue, readable from top to bottom: the client sends, the edge answers.
struct Play: Sendable, CustomStringConvertible {
  enum Line: Sendable {
    /// The client sends these bytes.
    case client([UInt8])
    /// All that the edge has said since it was last looked at.
    case edge(String)
    /// The edge wants TLS after its `<proceed/>`, and TLS comes up.
    case tls
    /// The edge sees a ClientHello, and TLS comes up.
    case directTLS
    /// The edge knows who it is.
    case identified(String)
    /// The edge has a name that is no user's; what stands for it, behind the mark.
    case nobody(String)
    /// The node is found.
    case redirect(String)
    /// Something outside of the stream ends it: time, the program's end, no node.
    case fail(StreamError)
    /// The edge has nothing to do but wait.
    case waits
    /// The edge closes.
    case closes
  }

  let description: String
  var security = Security.plain
  var setup = Setup(domains: [Cast.domain])
  var certificate = ""
  let lines: [Line]

  init(
    _ description: String, over security: Security = .plain,
    setup: Setup = Setup(domains: [Cast.domain]), certificate: String = "", _ lines: Line...
  ) {
    self.description = description
    self.security = security
    self.setup = setup
    self.certificate = certificate
    self.lines = lines
  }
}

extension Play.Line {
  static func client(_ text: String) -> Self { .client(Array(text.utf8)) }

  /// The usual answer to a name.
  static let answer = Play.Line.redirect("im1.a.example:5222")
}

/// What is said again and again.
enum Cast {
  static let domain = Domain(canonical: Array("a.example".utf8))
  static let other = Domain(canonical: Array("b.example".utf8))

  static let random: UInt64 = 0x0123_4567_89AB_CDEF

  /// A client's header.
  static func header(
    to: String? = "a.example", from: String? = nil, version: String? = "1.0"
  ) -> String {
    var text = "<?xml version='1.0'?><stream:stream"
    if let to { text += " to='\(to)'" }
    if let from { text += " from='\(from)'" }
    if let version { text += " version='\(version)'" }
    return text + " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
  }

  /// The edge's header.
  static func ours(from: String? = "a.example", version: String? = "1.0") -> String {
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client'"
      + " xmlns:stream='http://etherx.jabber.org/streams' id='0123456789abcdef'"
      + (from.map { " from='\($0)'" } ?? "") + (version.map { " version='\($0)'" } ?? "")
      + " xml:lang='en'>"
  }

  static let startTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
  static let proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
  static let tlsOffered =
    ours() + "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/>"
    + "</starttls><edge xmlns='urn:redirect-edge:1'/></stream:features>"
  static let mechanisms =
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    + "<mechanism>SCRAM-SHA-256</mechanism><mechanism>SCRAM-SHA-1</mechanism>"
    + "</mechanisms><edge xmlns='urn:redirect-edge:1'/></stream:features>"
  static let loginOffered = ours() + mechanisms
  static let sent = redirected("im1.a.example:5222")
  static let end = "</stream:stream>"

  static func redirected(_ target: String) -> String {
    "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>\(target)"
      + "</see-other-host></stream:error></stream:stream>"
  }

  static func error(_ name: String) -> String {
    "<stream:error><\(name) xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
      + "</stream:stream>"
  }

  /// SASL as RFC 6120 has it.
  static func auth(_ mechanism: String, _ message: String?) -> String {
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='\(mechanism)'>"
      + (message.map(base64) ?? "") + "</auth>"
  }

  static func response(_ message: String) -> String {
    "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\(base64(message))</response>"
  }

  static let challenge = "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"

  static func failure(_ condition: String) -> String {
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><\(condition)/></failure>"
  }

  /// SASL2 as Conversations writes it.
  static func authenticate(_ mechanism: String, _ message: String) -> String {
    "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='\(mechanism)'><initial-response>"
      + base64(message)
      + "</initial-response><user-agent id='d4565fa7-4d72-4749-b3d3-740edbf87770'>"
      + "<software>Conversations</software><device>Pixel</device></user-agent>"
      + "<bind xmlns='urn:xmpp:bind:0'><tag>Conversations</tag></bind></authenticate>"
  }

  static func failure2(_ condition: String) -> String {
    "<failure xmlns='urn:xmpp:sasl:2'><\(condition) xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
      + "</failure>"
  }

  /// The same with any bytes.
  static func auth(_ mechanism: String, _ message: [UInt8]) -> String {
    "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='\(mechanism)'>"
      + base64(message) + "</auth>"
  }

  static func base64(_ message: String) -> String { base64(Array(message.utf8)) }

  static func base64(_ message: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: message.count, by: 3) {
      let group = message[start..<min(start + 3, message.count)]
      var bits = 0
      for offset in 0..<3 { bits = bits << 8 | Int(group.dropFirst(offset).first ?? 0) }
      for digit in 0..<4 {
        text.append(digit <= group.count ? alphabet[bits >> (18 - 6 * digit) & 63] : "=")
      }
    }
    // An empty message is written so (RFC 6120 section 6.4.2).
    return text.isEmpty ? "=" : text
  }
}

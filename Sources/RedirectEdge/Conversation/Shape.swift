/// What a client does before it is known, but for what it says of its user: by this two clients behind one address are told
/// apart, and one that is known to follow is recognised.
///
/// It is a text, of which only a running hash is kept unless somebody wants to read it. Parts are separated by `;`, in the
/// order in which the client did them:
///
///     <?xml_version='1.0'?>     an XML declaration, word for word
///     header=to',~version"      a stream header: the names of its attributes in their order, each with the quote that
///                               its value has; `~` before one that is not behind a single space; `version=1.1` where
///                               it is not 1.0
///     starttls                  it asked for TLS
///     tls=sni,alpn              a TLS handshake, and which of these extensions it had; `tls=` if neither
///     auth=SCRAM-SHA-256        it began to log in by SASL, `auth2=...` by SASL2, `iq` by jabber:iq:auth
///     response                  and told its name only when asked
///
/// How the bytes arrive makes no difference: a client behind a bad line has the same shape as ever. For that reason it does
/// not count whether a client waits for an answer before it says the next thing.
public struct Shape: Sendable {
  /// FNV-1a. It needs no key: whoever wants to be taken for another client can do what that one does. Memories of clients
  /// hash it again, with theirs.
  public private(set) var hash = Self.basis
  /// nil: nobody will read it.
  private var spelt: [UInt8]?

  private static let basis: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01b3

  /// Nothing was done yet.
  public init(isSpelt: Bool = false) {
    spelt = isSpelt ? [] : nil
  }

  /// The text; empty where it was not wanted.
  public var text: [UInt8] { spelt ?? [] }

  /// The shape with this text, as a list of followers has it.
  public init(_ text: some StringProtocol) {
    for byte in text.utf8 { say(byte) }
  }

  // MARK: What a client does

  /// An XML declaration.
  mutating func declares(_ piece: Span<UInt8>) {
    next()
    for index in piece.indices { sayForeign(piece[index]) }
  }

  /// A stream header, read into `markup`.
  mutating func opens(_ markup: borrowing Markup, _ piece: Span<UInt8>) {
    next()
    say("header=")
    let root = markup.elements[0]
    var end = root.qualifiedName.upperBound
    for index in root.attributes {
      let attribute = markup.attributes[index]
      let name = attribute.qualifiedName
      if index > root.attributes.lowerBound { say(UInt8(ascii: ",")) }
      if name.lowerBound != end + 1 || piece[end] != UInt8(ascii: " ") { say(UInt8(ascii: "~")) }
      say(piece, name)
      if piece.extracting(name).holds("version"), !piece.extracting(attribute.value).holds("1.0") {
        say(UInt8(ascii: "="))
        say(piece, attribute.value)
      }
      say(piece[attribute.value.upperBound])
      end = attribute.value.upperBound + 1
    }
  }

  /// `<starttls/>`.
  mutating func asksForTLS() { part("starttls") }

  /// A TLS handshake.
  mutating func shakesHands(_ hello: Hello) {
    part("tls=")
    if hello.hasServerName { say("sni") }
    if hello.hasServerName, hello.hasProtocol { say(UInt8(ascii: ",")) }
    if hello.hasProtocol { say("alpn") }
  }

  /// The beginning of a login; `mechanism` is where its name stands.
  mutating func logsIn(_ profile: SASLProfile, _ piece: Span<UInt8>, _ mechanism: Range<Int>) {
    part(profile == .sasl ? "auth=" : "auth2=")
    say(piece, mechanism)
  }

  /// `<response/>` to our empty challenge.
  mutating func responds() { part("response") }

  /// `jabber:iq:auth`.
  mutating func asks() { part("iq") }

  // MARK: The text

  private mutating func part(_ text: String) {
    next()
    say(text)
  }

  private mutating func next() {
    if hash != Self.basis { say(UInt8(ascii: ";")) }
  }

  private mutating func say(_ text: String) {
    for byte in text.utf8 { say(byte) }
  }

  private mutating func say(_ piece: Span<UInt8>, _ range: Range<Int>) {
    for index in range { sayForeign(piece[index]) }
  }

  /// A byte of the client's: it must fit into a line of a file or a log.
  private mutating func sayForeign(_ byte: UInt8) {
    let isPlain = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: ";")
    say(isPlain ? byte : UInt8(ascii: "_"))
  }

  private mutating func say(_ byte: UInt8) {
    hash = (hash ^ UInt64(byte)) &* Self.prime
    spelt?.append(byte)
  }
}

/// What of a TLS handshake belongs to a client's shape.
public struct Hello: Sendable, Equatable {
  /// The server was asked for by name (SNI, RFC 6066 section 3).
  public let hasServerName: Bool
  /// A protocol was agreed on (ALPN, RFC 7301).
  public let hasProtocol: Bool

  /// What was in the handshake.
  public init(hasServerName: Bool, hasProtocol: Bool) {
    self.hasServerName = hasServerName
    self.hasProtocol = hasProtocol
  }
}

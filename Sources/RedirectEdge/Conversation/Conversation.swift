import Shared

/// One client's stream: bytes in, bytes and actions out. It owns no clock, no socket and no buffer;
/// a connection that waits costs its few bytes and what the caller holds of an unfinished element.
///
/// `Scanner` cuts the input into whole pieces, `Markup` reads a piece, `Negotiation` decides, `Answer`
/// has the words. What a piece means is in `ConversationListening.swift`, what is said in `ConversationSpeaking.swift`.
public struct Conversation: ~Copyable {
  /// What the caller must do; `workspace.output` is to be sent in any case.
  public enum Action: Equatable, Sendable {
    /// Wait for more.
    case read
    /// Start TLS, and say `secured()`. Nothing but white space has come after `<starttls/>`, and it is used up.
    case startTLS
    /// `workspace.user` is the canonical bare JID of the client; find its node and call `redirect`, or
    /// `fail`. Nothing more is read.
    case identified
    /// The same, but `workspace.user` is no user's: the client must not hear it from the answer, and nobody is to be
    /// asked about it (`Setup.concealsUsers`).
    case nobody
    /// The bytes are a TLS ClientHello where a stream was expected; serve it as direct TLS and say
    /// `secured()`. Nothing was consumed.
    case directTLS
    /// Close in order.
    case close
  }

  /// What a call has done.
  public struct Step: Equatable, Sendable {
    /// So many bytes of the input are used up; the others must be presented again.
    public let consumed: Int
    /// What comes next.
    public let action: Action
  }

  var negotiation: Negotiation
  /// How its pieces travel.
  let framing: Framing
  private var scanner = Scanner()
  var prefixes = StreamPrefixes()
  /// What our header says as `from`, canonical; its bytes are shared with the setup.
  var ownDomain: [UInt8] = []
  /// What the client has said, where it may be relayed.
  var said = Said()
  var knowsDomain = false
  /// The client knows version 1.0.
  var isModern = true
  /// What the client has done.
  public internal(set) var shape: Shape
  /// A hash of the installation that the client says it is (XEP-0388's `<user-agent id=''/>`); 0: it says nothing.
  public internal(set) var device: UInt64 = 0
  /// It calls itself by the name of a client that follows redirects.
  var callsItselfFollower = false
  /// It was named before it had heard anything of us.
  public internal(set) var isNamedByHeader = false

  /// First bytes of a TLS record that carries a ClientHello (RFC 8446 section 5.1).
  private static let handshake: UInt8 = 0x16
  private static let tlsVersion: UInt8 = 0x03

  /// Nothing was said yet. `spellsShape`: the text of its shape will be wanted.
  public init(security: Security, framing: Framing = .document, spellsShape: Bool = false) {
    negotiation = .unopened(security)
    self.framing = framing
    shape = Shape(isSpelt: spellsShape)
  }

  /// The canonical domain of the stream's `to`, for choosing a certificate; empty: not known yet.
  public var domain: [UInt8] { knowsDomain ? ownDomain : [] }

  /// Uses what came. `input` is all that was not consumed yet, with more behind. `random` makes the
  /// stream's id; it must not be predictable (RFC 6120 section 4.7.3). `certificate` is the `xmppAddr`
  /// of the client's certificate if it has a valid one.
  public mutating func receive(
    _ input: Span<UInt8>, setup: Setup, random: UInt64, workspace: inout Workspace,
    certificate: [UInt8] = []
  ) -> Step {
    switch negotiation.turn {
    case .client: break
    case .caller: return Step(consumed: 0, action: .read)
    case .nobody: return Step(consumed: input.count, action: .close)
    }
    assumeDomain(setup)
    if scanner.isFresh, negotiation.mayBeHello, input.count > 0, input[0] == Self.handshake {
      if input.count == 1 { return Step(consumed: 0, action: .read) }
      if input[1] == Self.tlsVersion { return Step(consumed: 0, action: .directTLS) }
    }
    var consumed = 0
    while consumed < input.count {
      let rest = input.extracting(consumed...)
      let reply: Negotiation.Reply
      var piece = rest.extracting(..<0)
      switch scanner.scan(rest, limits: setup.limits) {
      case .incomplete:
        return Step(consumed: consumed, action: .read)
      case .failed(let error):
        reply = negotiation.failed(error)
      case .piece(.space, let count):
        consumed += count
        continue
      case .piece(let kind, let count):
        piece = rest.extracting(..<count)
        consumed += count
        let place = Place(
          setup: setup, certificate: certificate, isLast: input.extracting(consumed...).isSpace)
        guard let answer = read(kind, piece, place, &workspace) else { continue }
        reply = answer
      }
      let action = say(reply, to: piece, random, setup, &workspace)
      if action == .close || action == .startTLS {
        return Step(consumed: input.count, action: action)
      }
      if action != .read { return Step(consumed: consumed, action: action) }
    }
    return Step(consumed: consumed, action: .read)
  }

  /// Uses a whole message of a WebSocket, or the body of a BOSH request, which is one element (RFC 7395 section 3.3).
  public mutating func receive(
    message: Span<UInt8>, setup: Setup, random: UInt64, workspace: inout Workspace
  ) -> Action {
    switch negotiation.turn {
    case .client: break
    case .caller: return .read
    case .nobody: return .close
    }
    assumeDomain(setup)
    let place = Place(setup: setup, certificate: [], isLast: true)
    let reply: Negotiation.Reply?
    var piece = message.extracting(..<0)
    do throws(StreamError) {
      piece = try message.extracting(scanner.element(of: message, limits: setup.limits))
      try workspace.markup.read(piece, prefixes: nil)
      if framing == .bosh, workspace.markup.value("sid", of: 0, in: piece) != nil {
        _ = negotiation.failed(.notAuthorized)
        sayMessage(&workspace) { Answer.unknownSession(to: &$0) }
        return .close
      }
      reply = try readMessage(piece, place, &workspace)
    } catch {
      reply = negotiation.failed(error)
    }
    guard let reply else { return .read }
    return say(reply, to: piece, random, setup, &workspace)
  }

  /// Before the client has named a domain our words come from the first.
  private mutating func assumeDomain(_ setup: Setup) {
    if ownDomain.isEmpty, let first = setup.domains.first { ownDomain = first.bytes }
  }

  /// TLS is up, after `.startTLS` or `.directTLS`: a new stream begins, and nothing that was said in
  /// the clear counts but against the limits.
  public mutating func secured() {
    negotiation.secured()
    scanner.restart()
  }

  /// The handshake is done: what its ClientHello had. Once, between `secured` and the first byte inside TLS.
  public mutating func shookHands(_ hello: Hello) {
    shape.shakesHands(hello)
  }

  /// What tells two devices of one user behind one address apart.
  public var looks: UInt64 { shape.hash ^ device }

  /// Whether the client is known to follow redirects by itself. After `.identified` or `.nobody`.
  public func isFollower(_ followers: Followers) -> Bool {
    callsItselfFollower || followers.have(shape)
  }

  /// The redirect: our header if it was not sent yet, `<see-other-host/>`, the end tag. `target` is
  /// `host:port`. Only after `.identified` or `.nobody`.
  public mutating func redirect(
    to target: Span<UInt8>, random: UInt64, workspace: inout Workspace
  ) {
    let opens = negotiation.redirected()
    switch framing {
    case .document:
      if opens { sayHeader(random, &workspace) }
      Answer.seeOtherHost(target, to: &workspace.output)
    case .messages:
      // Instead of our own `<open/>` (RFC 7395 section 3.4): Strophe.js follows nothing else.
      sayMessage(&workspace) { Answer.seeOtherURI(target, to: &$0) }
      WebSocketFrames.close(.normal, &workspace.output)
    case .bosh:
      sayMessage(&workspace) { Answer.seeOtherSession(target, to: &$0) }
    }
  }

  /// Nobody will want to know what the client has said: a password in it is wiped.
  public mutating func forget() {
    said.wipe()
  }

  /// What the client has said, to be said again to a node; once, after `.identified` or `.nobody`.
  public mutating func takeSaid() -> Said {
    let said = self.said
    self.said = Said()
    return said
  }

  /// The node has the client: nothing more is ours to say. After `.identified` or `.nobody`.
  public mutating func handedOver() {
    _ = negotiation.redirected()
  }

  /// A stream error: our header if it was not sent yet, the error, the end tag. Says nothing if the
  /// stream has ended.
  public mutating func fail(
    _ error: StreamError, random: UInt64, workspace: inout Workspace
  ) {
    guard case .fail(let error, let opening) = negotiation.failed(error) else { return }
    sayError(error, opening: opening, random, &workspace)
  }
}

import Shared

/// One client's stream: bytes in, bytes and actions out. It owns no clock, no socket and no buffer;
/// a connection that waits costs its few bytes and what the caller holds of an unfinished element.
///
/// `Scanner` cuts the input into whole pieces, `Markup` reads a piece, `Negotiation` decides, `Answer`
/// has the words.
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
  private var prefixes = StreamPrefixes()
  /// What our header says as `from`, canonical; its bytes are shared with the setup.
  var ownDomain: [UInt8] = []
  /// What the client has said, where it may be relayed.
  var said = Said()
  private var knowsDomain = false
  /// The client knows version 1.0.
  var isModern = true
  /// What the client has done.
  public private(set) var shape: Shape
  /// A hash of the installation that the client says it is (XEP-0388's `<user-agent id=''/>`); 0: it says nothing.
  public private(set) var device: UInt64 = 0
  /// It calls itself by the name of a client that follows redirects.
  private var callsItselfFollower = false
  /// It was named before it had heard anything of us.
  public private(set) var isNamedByHeader = false

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

  // MARK: Listening

  /// First bytes of a TLS record that carries a ClientHello (RFC 8446 section 5.1).
  private static let handshake: UInt8 = 0x16
  private static let tlsVersion: UInt8 = 0x03

  /// An element that is a message.
  private mutating func readMessage(
    _ piece: Span<UInt8>, _ place: Place, _ workspace: inout Workspace
  ) throws(StreamError) -> Negotiation.Reply? {
    if framing == .bosh {
      guard workspace.markup.isElement(0, "body", .bosh, in: piece) else { throw .badFormat }
      return try readHeader(piece, place.setup, &workspace)
    }
    if workspace.markup.isElement(0, "close", .framing, in: piece) {
      return negotiation.isUnopened ? negotiation.failed(.badFormat) : negotiation.clientEnded()
    }
    guard workspace.markup.isElement(0, "open", .framing, in: piece) == negotiation.isUnopened
    else {
      throw .badFormat
    }
    if negotiation.isUnopened { return try readHeader(piece, place.setup, &workspace) }
    return readElement(piece, place, &workspace)
  }

  /// Where a piece stands.
  private struct Place {
    let setup: Setup
    let certificate: [UInt8]
    /// Nothing but white space comes after it.
    let isLast: Bool
  }

  /// nil: there is nothing to say.
  private mutating func read(
    _ kind: Scanner.Piece, _ piece: Span<UInt8>, _ place: Place, _ workspace: inout Workspace
  ) -> Negotiation.Reply? {
    do throws(StreamError) {
      switch kind {
      case .space:
        return nil
      case .declaration:
        try XMLDeclaration.check(piece)
        shape.declares(piece)
        return nil
      case .header:
        try workspace.markup.read(piece, prefixes: nil)
        prefixes = try workspace.streamPrefixes(in: piece)
        return try readHeader(piece, place.setup, &workspace)
      case .element:
        try workspace.markup.read(piece, prefixes: prefixes)
        return readElement(piece, place, &workspace)
      case .end:
        let (name, colon) = try Markup.nameInEndTag(piece)
        guard let colon, prefixes.isStream(piece.extracting(name.lowerBound..<colon)),
          piece.extracting((colon + 1)..<name.upperBound).holds("stream")
        else { throw .notWellFormed }
        return negotiation.clientEnded()
      }
    } catch {
      return negotiation.failed(error)
    }
  }

  /// A stream's header, or what stands for it, read into `workspace.markup`.
  private mutating func readHeader(
    _ piece: Span<UInt8>, _ setup: Setup, _ workspace: inout Workspace
  ) throws(StreamError) -> Negotiation.Reply {
    shape.opens(workspace.markup, piece)
    ownDomain = try workspace.streamDomain(in: piece, setup)
    knowsDomain = true
    // The version of a BOSH session is another one (XEP-0206 section 3).
    isModern = framing == .bosh ? true : try workspace.streamIsModern(in: piece)
    if setup.mayRelay {
      said.wipe()
      said.header = Said.copy(piece)
      said.isModern = isModern
    }
    // Whoever is relayed logs in here, and must not do so in the clear.
    let namesUser =
      negotiation.takesNames(early: setup.early && !setup.mayRelay)
      ? try workspace.streamNamesUser(in: piece, Workspace.Circumstances(domain: ownDomain, setup))
      : false
    isNamedByHeader = namesUser
    // Whoever has a BOSH session could be told nothing any more.
    if framing == .bosh, !namesUser { throw .notAuthorized }
    return negotiation.opened(isModern: isModern, namesUser: namesUser)
  }

  /// A child of the stream, read into `workspace.markup`.
  private mutating func readElement(
    _ piece: Span<UInt8>, _ place: Place, _ workspace: inout Workspace
  ) -> Negotiation.Reply {
    let element = workspace.markup.elements[0]
    let name = piece.extracting(element.name)
    if element.namespace == .tls, name.holds("starttls") {
      shape.asksForTLS()
      return negotiation.askedForTLS(alone: place.isLast)
    }
    if element.namespace == .streams, name.holds("error") { return negotiation.clientEnded() }
    if negotiation.requiresTLS { return negotiation.failed(.policyViolation) }
    let circumstances = Workspace.Circumstances(
      domain: ownDomain, place.setup, certificate: place.certificate)
    if element.namespace == .client {
      guard name.holds("iq"),
        let query = workspace.markup.child("query", .iqAuth, of: 0, in: piece)
      else { return negotiation.failed(.notAuthorized) }
      shape.asks()
      guard let claim = workspace.ask(query, in: piece, circumstances) else {
        return negotiation.askedForFields()
      }
      if place.setup.mayRelay { said.begin(piece) }
      return negotiation.claimed(claim)
    }
    guard element.namespace == .sasl || element.namespace == .sasl2 else {
      return negotiation.failed(.unsupportedStanzaType)
    }
    let profile: SASLProfile = element.namespace == .sasl ? .sasl : .sasl2
    if name.holds(profile == .sasl ? "auth" : "authenticate") {
      readClient(profile, piece, place.setup, workspace.markup)
      if place.setup.mayRelay { said.begin(piece) }
      return negotiation.claimed(workspace.begin(profile, in: piece, circumstances))
    }
    if name.holds("response") {
      shape.responds()
      let awaited = negotiation.awaited
      if place.setup.mayRelay { said.go(on: piece) }
      return negotiation.claimed(
        workspace.respond(profile, to: awaited, in: piece, circumstances))
    }
    if name.holds("abort") { return negotiation.claimed(.refused(.sasl(profile, .aborted))) }
    return negotiation.failed(.unsupportedStanzaType)
  }

  /// What `<auth/>` or `<authenticate/>` tells about the client, not about its user.
  private mutating func readClient(
    _ profile: SASLProfile, _ piece: Span<UInt8>, _ setup: Setup, _ markup: borrowing Markup
  ) {
    shape.logsIn(profile, piece, markup.value("mechanism", of: 0, in: piece) ?? 0..<0)
    guard profile == .sasl2,
      let agent = markup.child("user-agent", .sasl2, of: 0, in: piece)
    else { return }
    if let id = markup.value("id", of: agent, in: piece), !id.isEmpty {
      device = SipHash.hash24(piece.extracting(id), key: (0, 0))
    }
    if let software = markup.child("software", .sasl2, of: agent, in: piece),
      markup.isLeaf(software)
    {
      callsItselfFollower = setup.followers.haveSoftware(
        markup.elements[software].content, in: piece)
    }
  }
}

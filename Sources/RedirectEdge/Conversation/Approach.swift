import Shared

/// The edge's way to a node in the name of a client that it relays: opens the stream, goes through TLS if that is wanted, and
/// says again what the client has said. From there on the two are one stream, and nobody reads what passes.
///
/// A client that was named by its header has heard nothing yet: the node's own header and features go on to it. One that has
/// begun to log in was shown the features already (`Setup.offers`), so the node's are not passed on, and the login goes to
/// the node as if it answered them.
///
///     state       what comes from the node    next        what is done
///     opened      header, features            -           client's login said again; pumped
///                 the same, TLS is wanted     asking      <starttls/>
///     asking      <proceed/>                  securing    TLS
///     securing    (TLS is up)                 opened      the client's header said again
///     opened      header; the client is of    -           client's login said again; pumped
///                 before 1.0
///     halfway     <challenge/>                -           the client's response said again; pumped
///     any         an error, the end           over        the client hears that there is no node
public struct Approach: ~Copyable {
  /// What the caller must do; what was put out for the node is to be sent in any case.
  public enum Action: Equatable, Sendable {
    /// Wait for more from the node.
    case read
    /// Start TLS as a client, and say `secured`.
    case startTLS
    /// Both are on one stream: what was put out for the client is to be sent, and from here on all bytes are passed on.
    case pump
    /// The node cannot be had.
    case failed(Probe.Fault)
  }

  private enum State {
    case opened
    case asking
    case securing
    case halfway
    case over
  }

  private let domain: [UInt8]
  private let upgrades: Bool
  private var door: WebSocketDoor?
  private var said: Said
  private var state = State.opened
  private var isSecured = false
  private var stream: NodeStream
  /// What the node has said on its last stream, for a client that has heard nothing yet.
  private var greeting: [UInt8] = []

  /// - Parameters:
  ///   - said: what the client has said.
  ///   - domain: the stream's `to`.
  ///   - upgrades: the node wants STARTTLS.
  ///   - door: the client came by WebSocket, and enters so here.
  public init(
    _ said: consuming Said, domain: [UInt8], upgrades: Bool, through door: WebSocketDoor? = nil
  ) {
    self.said = said
    self.domain = domain
    self.upgrades = upgrades
    self.door = door
    stream = NodeStream(through: door)
  }

  /// The connection is up, inside TLS if it begins with TLS.
  public mutating func open(_ output: inout [UInt8]) {
    if let door { return door.knock(&output) }
    // In the clear the node is told no more than the domain.
    if upgrades, !isSecured { return Answer.clientHeader(to: domain.span, &output) }
    output.append(contentsOf: said.header)
  }

  /// TLS is up, after `.startTLS`.
  public mutating func secured(_ output: inout [UInt8]) {
    state = .opened
    isSecured = true
    stream.restart()
    greeting.removeAll()
    open(&output)
  }

  /// It is over, however it went: a password in what the client has said is wiped.
  public mutating func forget() {
    said.wipe()
  }

  /// Uses what came from the node.
  public mutating func receive(
    _ input: Span<UInt8>, toNode: inout [UInt8], toClient: inout [UInt8]
  ) -> Action {
    guard state != .securing, state != .over else { return .read }
    stream.feed(input)
    do throws(Probe.Fault) {
      if !stream.isInside {
        guard try stream.enter() else { return .read }
        say(said.header, &toNode)
      }
      while let (kind, piece) = try stream.next() {
        let action = try take(kind, piece, &toNode, &toClient)
        if action == .pump {
          toClient.append(contentsOf: stream.held)
          said.wipe()
        }
        if action != .read { return action }
      }
      return .read
    } catch {
      state = .over
      said.wipe()
      return .failed(error)
    }
  }

  /// Says a piece to the node.
  private mutating func say(_ piece: [UInt8], _ toNode: inout [UInt8]) {
    if door != nil { door?.say(piece, &toNode) } else { toNode += piece }
  }

  /// Says a piece of the node's to the client.
  private func pass(_ piece: [UInt8], _ toClient: inout [UInt8]) {
    guard !piece.isEmpty else { return }
    let start = toClient.count
    toClient += piece
    if door != nil { WebSocketFrames.wrap(.text, from: start, &toClient) }
  }

  private mutating func take(
    _ kind: Scanner.Piece, _ piece: [UInt8], _ toNode: inout [UInt8], _ toClient: inout [UInt8]
  ) throws(Probe.Fault) -> Action {
    switch kind {
    case .space: return .read
    case .declaration:
      greeting += piece
      return .read
    case .header:
      greeting += piece
      // Its header gets no features (RFC 6120 section 4.3.2). Ours, that asks for TLS, does.
      guard !said.isModern, state == .opened, isSecured || !upgrades else { return .read }
      return login([], &toNode, &toClient)
    case .end: throw .ended
    case .element: break
    }
    if stream.isElement("error", .streams, in: piece.span) {
      throw .refused(stream.condition(in: piece.span))
    }
    switch state {
    case .opened where stream.isElement("features", .streams, in: piece.span):
      return try takeFeatures(piece, &toNode, &toClient)
    case .asking:
      guard stream.isElement("proceed", .tls, in: piece.span) else { throw .noTLS }
      // Whatever came behind it is not part of the secured stream.
      stream.forget()
      state = .securing
      return .startTLS
    case .halfway:
      // The challenge was answered when the client saw ours. Anything else is the node's refusal, and the client's to hear.
      if stream.isElement("challenge", .sasl, in: piece.span)
        || stream.isElement("challenge", .sasl2, in: piece.span)
      {
        for element in said.login.dropFirst() { say(element, &toNode) }
      } else {
        pass(piece, &toClient)
      }
      return .pump
    case .opened, .securing, .over:
      return .read
    }
  }

  private mutating func takeFeatures(
    _ piece: [UInt8], _ toNode: inout [UInt8], _ toClient: inout [UInt8]
  ) throws(Probe.Fault) -> Action {
    let features = NodeFeatures(stream.workspace.markup, in: piece.span, stream.framing)
    if upgrades, !isSecured {
      guard features.offersTLS else { throw .noTLS }
      toNode.append(
        contentsOf: "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>".utf8)
      state = .asking
      return .read
    }
    return login(features.text, &toNode, &toClient)
  }

  /// The node is ready for the client. Its features go on to one that has heard nothing yet.
  private mutating func login(
    _ features: [UInt8], _ toNode: inout [UInt8], _ toClient: inout [UInt8]
  ) -> Action {
    guard let first = said.login.first else {
      pass(greeting, &toClient)
      pass(features, &toClient)
      return .pump
    }
    say(first, &toNode)
    if said.login.count == 1 { return .pump }
    state = .halfway
    return .read
  }
}

import Shared

/// The edge as a client of a node: opens a stream, reads the header, goes on to the features if that is wanted, and takes its
/// leave. Bytes in, bytes and actions out, as with `Conversation`; nothing is ever said about a user.
public struct Probe: ~Copyable {
  /// How far to go.
  public enum Goal: Equatable, Sendable {
    /// The stream header.
    case header
    /// The first features, before TLS if there is STARTTLS: enough to recognise an edge.
    case firstFeatures
    /// The features inside TLS, or the first ones where there is no TLS.
    case features
  }

  /// What the caller must do; `output` is to be sent in any case.
  public enum Action: Equatable, Sendable {
    /// Wait for more.
    case read
    /// Start TLS as a client, and say `secured`.
    case startTLS
    /// The goal is reached; the output says goodbye. Features where the goal was some.
    case done(NodeFeatures?)
    /// It will not be reached. The header came or not: see `hasHeader`.
    case failed(Fault)
  }

  /// Why a goal was not reached.
  public enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
    /// What came is no stream of a server; the stream error that a client would deserve for it.
    case notXMPP(StreamError)
    /// The node has answered with a stream error, by its condition.
    case refused(String)
    /// The node has ended the stream.
    case ended
    /// STARTTLS is wanted and not offered, or refused.
    case noTLS
    /// What came is no WebSocket of a server that speaks XMPP.
    case notWebSocket
    /// The node has no WebSocket there, by its HTTP status.
    case refusedWebSocket(String)

    /// For the log.
    public var description: String {
      switch self {
      case .notXMPP(let error): "no XMPP stream (\(error.rawValue))"
      case .refused(let condition): "stream error \(condition)"
      case .ended: "it ended the stream"
      case .noTLS: "it offers no STARTTLS"
      case .notWebSocket: "no WebSocket that speaks XMPP"
      case .refusedWebSocket(let status): "no WebSocket there: HTTP status \(status)"
      }
    }
  }

  private enum State {
    /// Our header is sent.
    case opened
    /// Their header came.
    case greeted
    /// `<starttls/>` is sent.
    case askedForTLS
    /// The stream inside TLS may begin.
    case tls
    case over
  }

  private let goal: Goal
  private let domain: [UInt8]
  /// Whether TLS comes by STARTTLS.
  private let upgrades: Bool
  private var door: WebSocketDoor?
  private var state = State.opened
  private var stream: NodeStream
  /// Whether the node's first header came.
  public private(set) var hasHeader = false
  private var isSecured = false

  /// - Parameters:
  ///   - domain: the stream's `to`.
  ///   - upgrades: the way to the features leads over STARTTLS.
  ///   - door: the way leads through a WebSocket.
  public init(domain: [UInt8], goal: Goal, upgrades: Bool, through door: WebSocketDoor? = nil) {
    self.domain = domain
    self.goal = goal
    self.upgrades = upgrades
    self.door = door
    stream = NodeStream(through: door)
  }

  /// Says our header: the connection is up, inside TLS if it begins with TLS.
  public mutating func open(_ output: inout [UInt8]) {
    if let door { return door.knock(&output) }
    Answer.clientHeader(to: domain.span, &output)
  }

  /// TLS is up, after `.startTLS`.
  public mutating func secured(_ output: inout [UInt8]) {
    state = .opened
    isSecured = true
    stream.restart()
    open(&output)
  }

  /// Uses what came.
  public mutating func receive(_ input: Span<UInt8>, output: inout [UInt8]) -> Action {
    guard state != .tls, state != .over else { return .read }
    stream.feed(input)
    do throws(Fault) {
      if !stream.isInside {
        guard try stream.enter() else { return .read }
        let opening = Answer.clientOpen(to: domain.span)
        door?.say(opening, &output)
      }
      while let (kind, piece) = try stream.next() {
        if let action = try take(kind, piece.span, &output) { return action }
      }
      return .read
    } catch {
      sayGoodbye(&output)
      return .failed(error)
    }
  }

  private mutating func sayGoodbye(_ output: inout [UInt8]) {
    state = .over
    guard door != nil else { return output.say(Answer.end) }
    // Who is not let in has nothing to take leave of.
    if stream.isInside { door?.say(Array(Answer.close.utf8), &output) }
  }

  /// nil: there is nothing to do but to read on.
  private mutating func take(
    _ kind: Scanner.Piece, _ piece: Span<UInt8>, _ output: inout [UInt8]
  ) throws(Fault) -> Action? {
    switch kind {
    case .space, .declaration: return nil
    case .end: throw .ended
    case .header:
      hasHeader = true
      state = .greeted
      return goal == .header ? finish(nil, &output) : nil
    case .element:
      return try takeElement(piece, &output)
    }
  }

  private mutating func takeElement(
    _ piece: Span<UInt8>, _ output: inout [UInt8]
  ) throws(Fault) -> Action? {
    let element = stream.workspace.markup.elements[0]
    let name = piece.extracting(element.name)
    switch (element.namespace, state) {
    case (.streams, _) where name.holds("error"):
      throw .refused(stream.condition(in: piece))
    case (.streams, .greeted) where name.holds("features"):
      let features = NodeFeatures(stream.workspace.markup, in: piece, stream.framing)
      if goal == .firstFeatures || features.isEdge || isSecured || !upgrades {
        return finish(features, &output)
      }
      guard features.offersTLS else { throw .noTLS }
      output.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
      state = .askedForTLS
      return nil
    case (.tls, .askedForTLS) where name.holds("proceed"):
      state = .tls
      // Whatever came behind it is not part of the secured stream.
      stream.forget()
      return .startTLS
    case (.tls, .askedForTLS):
      throw .noTLS
    default:
      return nil
    }
  }

  private mutating func finish(_ features: NodeFeatures?, _ output: inout [UInt8]) -> Action {
    sayGoodbye(&output)
    return .done(features)
  }
}

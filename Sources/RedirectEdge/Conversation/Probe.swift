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

    /// For the log.
    public var description: String {
      switch self {
      case .notXMPP(let error): "no XMPP stream (\(error.rawValue))"
      case .refused(let condition): "stream error \(condition)"
      case .ended: "it ended the stream"
      case .noTLS: "it offers no STARTTLS"
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

  /// What a server may say before a probe is done: features with much in them have some 4 KiB.
  private static let limits = Limits(bytes: 64 * 1024, elements: 1024, depth: 16)

  private let goal: Goal
  private let domain: [UInt8]
  /// Whether TLS comes by STARTTLS.
  private let upgrades: Bool
  private var state = State.opened
  private var scanner = Scanner()
  private var prefixes = StreamPrefixes()
  private var workspace = Workspace()
  /// The bytes of an unfinished piece.
  private var held: [UInt8] = []
  /// Whether the node's first header came.
  public private(set) var hasHeader = false
  private var isSecured = false

  /// - Parameters:
  ///   - domain: the stream's `to`.
  ///   - upgrades: the way to the features leads over STARTTLS.
  public init(domain: [UInt8], goal: Goal, upgrades: Bool) {
    self.domain = domain
    self.goal = goal
    self.upgrades = upgrades
  }

  /// Says our header: the connection is up, inside TLS if it begins with TLS.
  public mutating func open(_ output: inout [UInt8]) {
    output.say("<?xml version='1.0'?><stream:stream xmlns='jabber:client'")
    output.say(" xmlns:stream='http://etherx.jabber.org/streams' to='")
    output.sayEscaped(domain.span)
    output.say("' version='1.0' xml:lang='en'>")
  }

  /// TLS is up, after `.startTLS`.
  public mutating func secured(_ output: inout [UInt8]) {
    state = .opened
    isSecured = true
    scanner = Scanner()
    held.removeAll()
    open(&output)
  }

  /// Uses what came.
  public mutating func receive(_ input: Span<UInt8>, output: inout [UInt8]) -> Action {
    for index in input.indices { held.append(input[index]) }
    do throws(Fault) {
      while true {
        guard let (kind, count) = try nextPiece() else { return .read }
        let piece = Array(held[..<count])
        held.removeSubrange(..<count)
        if let action = try take(kind, piece.span, &output) { return action }
      }
    } catch {
      state = .over
      output.say(Answer.end)
      return .failed(error)
    }
  }

  private mutating func nextPiece() throws(Fault) -> (Scanner.Piece, Int)? {
    guard state != .tls, state != .over, !held.isEmpty else { return nil }
    let bytes = held
    switch scanner.scan(bytes.span, limits: Self.limits) {
    case .incomplete: return nil
    case .failed(let error): throw .notXMPP(error)
    case .piece(let kind, let count): return (kind, count)
    }
  }

  /// nil: there is nothing to do but to read on.
  private mutating func take(
    _ kind: Scanner.Piece, _ piece: Span<UInt8>, _ output: inout [UInt8]
  ) throws(Fault) -> Action? {
    switch kind {
    case .space, .declaration: return nil
    case .end: throw .ended
    case .header:
      try read(piece, prefixes: nil)
      do throws(StreamError) {
        prefixes = try workspace.streamPrefixes(in: piece)
      } catch {
        throw .notXMPP(error)
      }
      hasHeader = true
      state = .greeted
      return goal == .header ? finish(nil, &output) : nil
    case .element:
      try read(piece, prefixes: prefixes)
      return try takeElement(piece, &output)
    }
  }

  private mutating func read(
    _ piece: Span<UInt8>, prefixes: StreamPrefixes?
  ) throws(Fault) {
    do throws(StreamError) {
      try workspace.markup.read(piece, prefixes: prefixes)
    } catch {
      throw .notXMPP(error)
    }
  }

  private mutating func takeElement(
    _ piece: Span<UInt8>, _ output: inout [UInt8]
  ) throws(Fault) -> Action? {
    let element = workspace.markup.elements[0]
    let name = piece.extracting(element.name)
    switch (element.namespace, state) {
    case (.streams, _) where name.holds("error"):
      throw .refused(condition(in: piece))
    case (.streams, .greeted) where name.holds("features"):
      let features = NodeFeatures(workspace.markup, in: piece)
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
      held.removeAll()
      return .startTLS
    case (.tls, .askedForTLS):
      throw .noTLS
    default:
      return nil
    }
  }

  private mutating func finish(_ features: NodeFeatures?, _ output: inout [UInt8]) -> Action {
    state = .over
    output.say(Answer.end)
    return .done(features)
  }

  /// The first child of a stream error (RFC 6120 section 4.9.2).
  private func condition(in piece: Span<UInt8>) -> String {
    guard workspace.markup.elements.count > 1 else { return "without a condition" }
    let name = piece.extracting(workspace.markup.elements[1].name)
    return String(decoding: (0..<min(name.count, 64)).map { name[$0] }, as: UTF8.self)
  }
}

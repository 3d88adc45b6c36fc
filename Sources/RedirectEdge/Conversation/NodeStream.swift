/// A node's side of a stream, cut into whole pieces: what `Probe` and `Approach` read. Through a `WebSocketDoor` its pieces are
/// messages.
struct NodeStream: ~Copyable {
  /// What a server may say before it is known: features with much in them have some 4 KiB.
  private static let limits = Limits(bytes: 64 * 1024, elements: 1024, depth: 16)

  private var scanner = Scanner()
  private var prefixes = StreamPrefixes()
  private(set) var workspace = Workspace()
  /// The bytes of an unfinished piece, and what is behind it.
  private(set) var held: [UInt8] = []
  /// How the node wants to be entered, and whether it has let us in; nil: by a stream of its own.
  private let door: WebSocketDoor?
  private(set) var isInside: Bool
  private var frames = WebSocketFrames(from: .server)

  init(through door: WebSocketDoor? = nil) {
    self.door = door
    isInside = door == nil
  }

  var framing: Framing { door == nil ? .document : .messages }

  /// A new stream begins, on a connection that is now secured: nothing from before counts.
  mutating func restart() {
    scanner = Scanner()
    forget()
  }

  /// Whatever is behind the last piece does not count.
  mutating func forget() {
    held.removeAll()
  }

  mutating func feed(_ input: Span<UInt8>) {
    for index in input.indices { held.append(input[index]) }
  }

  /// The next whole piece, read into `workspace.markup` if it is a header or an element.
  mutating func next() throws(Probe.Fault) -> (kind: Scanner.Piece, bytes: [UInt8])? {
    if let door { return try nextMessage(door) }
    guard !held.isEmpty else { return nil }
    let bytes = held
    switch scanner.scan(bytes.span, limits: Self.limits) {
    case .incomplete: return nil
    case .failed(let error): throw .notXMPP(error)
    case .piece(let kind, let count):
      let piece = Array(held[..<count])
      held.removeSubrange(..<count)
      do throws(StreamError) {
        try read(kind, piece.span)
      } catch {
        throw .notXMPP(error)
      }
      return (kind, piece)
    }
  }

  /// Whether the node has opened its door; from then on there are messages.
  mutating func enter() throws(Probe.Fault) -> Bool {
    guard let door, !isInside else { return true }
    guard let end = try door.open(held.span) else { return false }
    held.removeSubrange(..<end)
    isInside = true
    return true
  }

  private mutating func nextMessage(
    _ door: WebSocketDoor
  ) throws(Probe.Fault) -> (kind: Scanner.Piece, bytes: [UInt8])? {
    while isInside {
      let bytes = held
      let (finding, count) = frames.next(bytes.span, limit: Self.limits.bytes)
      held.removeSubrange(..<count)
      switch finding {
      case .incomplete: return nil
      // Who pings sees that we answer by what we say: a node is not listened to for long.
      case .nothing, .ping: continue
      case .close: throw .ended
      case .failed: throw .notWebSocket
      case .message:
        let message = frames.message
        frames.forget()
        do throws(StreamError) {
          return try readMessage(message)
        } catch {
          throw .notXMPP(error)
        }
      }
    }
    return nil
  }

  private mutating func readMessage(
    _ message: [UInt8]
  ) throws(StreamError) -> (kind: Scanner.Piece, bytes: [UInt8]) {
    let piece = Array(message[try scanner.element(of: message.span, limits: Self.limits)])
    try workspace.markup.read(piece.span, prefixes: nil)
    if isElement("open", .framing, in: piece.span) { return (.header, piece) }
    if isElement("close", .framing, in: piece.span) { return (.end, piece) }
    return (.element, piece)
  }

  private mutating func read(
    _ kind: Scanner.Piece, _ piece: Span<UInt8>
  ) throws(StreamError) {
    switch kind {
    case .header:
      try workspace.markup.read(piece, prefixes: nil)
      prefixes = try workspace.streamPrefixes(in: piece)
    case .element:
      try workspace.markup.read(piece, prefixes: prefixes)
    case .space, .declaration, .end: return
    }
  }

  /// The first child of a stream error (RFC 6120 section 4.9.2), which is the last piece.
  func condition(in piece: Span<UInt8>) -> String {
    guard workspace.markup.elements.count > 1 else { return "without a condition" }
    let name = piece.extracting(workspace.markup.elements[1].name)
    return String(decoding: (0..<min(name.count, 64)).map { name[$0] }, as: UTF8.self)
  }

  /// Whether the last piece is this element.
  func isElement(_ name: String, _ namespace: Namespace, in piece: Span<UInt8>) -> Bool {
    workspace.markup.isElement(0, name, namespace, in: piece)
  }
}

/// A node's side of a stream, cut into whole pieces: what `Probe` and `Approach` read.
struct NodeStream: ~Copyable {
  /// What a server may say before it is known: features with much in them have some 4 KiB.
  private static let limits = Limits(bytes: 64 * 1024, elements: 1024, depth: 16)

  private var scanner = Scanner()
  private var prefixes = StreamPrefixes()
  private(set) var workspace = Workspace()
  /// The bytes of an unfinished piece, and what is behind it.
  private(set) var held: [UInt8] = []

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

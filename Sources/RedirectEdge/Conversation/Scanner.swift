/// Finds where the next whole piece of a stream ends: the only part that sees incomplete input.
///
/// Its place is kept between calls, so a byte is looked at once however the input was cut. What is in
/// a piece is read by `Markup` when the piece is whole; here only what separates pieces is looked at
/// (tags, quotes, CDATA), the limits, and what RFC 6120 section 11.1 forbids. CDATA sections are not
/// among that and are let through.
struct Scanner {
  /// A piece of a stream.
  enum Piece: Equatable {
    /// White space between pieces (RFC 6120 section 4.6 has it as a sign of life).
    case space
    /// `<?xml ...?>`
    case declaration
    /// The start tag of the stream.
    case header
    /// A child of the stream, whole.
    case element
    /// The end tag of the stream.
    case end
  }

  enum Finding: Equatable {
    /// There is no whole piece yet.
    case incomplete
    /// The first `count` bytes are a piece.
    case piece(Piece, count: Int)
    case failed(StreamError)
  }

  private enum Place: UInt8 {
    /// Between the children of the stream, or before it.
    case outside
    /// After `<`.
    case opened
    case startTag
    /// After `/` in a start tag.
    case slash
    case singleQuoted
    case doubleQuoted
    case endTag
    case content
    /// After `<!`; `matched` counts the bytes of `[CDATA[`.
    case declared
    /// `matched` counts the bytes of `]]`.
    case characterData
    /// After `<?`; `matched` is 1 after `?`.
    case instruction
  }

  private var place = Place.outside
  private var matched: UInt8 = 0
  /// Nothing of this stream was seen yet: an XML declaration may come.
  private(set) var isFresh = true
  /// The next start tag is not the stream's own.
  private var hasHeader = false
  /// Open elements below the stream.
  private var depth: UInt16 = 0
  /// Elements of the connection.
  private var elements: UInt16 = 0
  /// Bytes of this piece that were looked at.
  private var scanned: UInt32 = 0
  /// Bytes of the connection before this piece.
  private var passed: UInt32 = 0

  /// A new stream begins; what was counted still counts.
  mutating func restart() {
    let (elements, passed) = (elements, passed)
    self = Scanner()
    self.elements = elements
    self.passed = passed
  }

  /// The place of the only element of `message`, which is a document of its own (RFC 7395 section 3.3.3): a declaration may
  /// stand before it, and nothing behind it. What was counted still counts.
  mutating func element(
    of message: Span<UInt8>, limits: Limits
  ) throws(StreamError) -> Range<Int> {
    restart()
    hasHeader = true
    var found: Range<Int>?
    var start = 0
    while start < message.count {
      switch scan(message.extracting(start...), limits: limits) {
      case .piece(.element, let count) where found == nil:
        found = start..<(start + count)
        start += count
      case .piece(.space, let count), .piece(.declaration, let count):
        start += count
      case .piece, .incomplete: throw .notWellFormed
      case .failed(let error): throw error
      }
    }
    guard let found else { throw .notWellFormed }
    return found
  }

  /// `input` begins where the last piece ended, and with what was there at the call before.
  mutating func scan(_ input: Span<UInt8>, limits: Limits) -> Finding {
    let end = min(input.count, limits.bytes - Int(passed))
    var index = Int(scanned)
    while index < end {
      let byte = input[index]
      if place == .outside, index > 0, byte == UInt8(ascii: "<") {
        return finish(.space, index)
      }
      switch step(byte, limits) {
      case .more: index += 1
      case .whole(let piece): return finish(piece, index + 1)
      case .wrong(let error): return .failed(error)
      }
    }
    if input.count > end { return .failed(.policyViolation) }
    if place == .outside, index > 0 { return finish(.space, index) }
    scanned = UInt32(index)
    return .incomplete
  }

  private mutating func finish(_ piece: Piece, _ count: Int) -> Finding {
    place = .outside
    isFresh = false
    scanned = 0
    passed += UInt32(count)
    if piece == .header { hasHeader = true }
    return .piece(piece, count: count)
  }

  private enum Progress {
    case more
    case whole(Piece)
    case wrong(StreamError)
  }

  private mutating func step(_ byte: UInt8, _ limits: Limits) -> Progress {
    switch place {
    case .outside:
      if byte == UInt8(ascii: "<") { return go(.opened) }
      if XML.isSpace(byte) { return .more }
      return .wrong(hasHeader ? .badFormat : .notWellFormed)
    case .opened:
      return open(byte, limits)
    case .startTag:
      switch byte {
      case UInt8(ascii: ">"): return endOfStartTag()
      case UInt8(ascii: "/"): return go(.slash)
      case UInt8(ascii: "'"): return go(.singleQuoted)
      case UInt8(ascii: "\""): return go(.doubleQuoted)
      case UInt8(ascii: "<"): return .wrong(.notWellFormed)
      default: return .more
      }
    case .slash:
      guard byte == UInt8(ascii: ">") else { return .wrong(.notWellFormed) }
      if !hasHeader { return .wrong(.badFormat) }
      return depth == 0 ? .whole(.element) : go(.content)
    case .singleQuoted:
      if byte == UInt8(ascii: "<") { return .wrong(.notWellFormed) }
      return byte == UInt8(ascii: "'") ? go(.startTag) : .more
    case .doubleQuoted:
      if byte == UInt8(ascii: "<") { return .wrong(.notWellFormed) }
      return byte == UInt8(ascii: "\"") ? go(.startTag) : .more
    case .endTag:
      if byte == UInt8(ascii: "<") { return .wrong(.notWellFormed) }
      return byte == UInt8(ascii: ">") ? endOfEndTag() : .more
    case .content:
      return byte == UInt8(ascii: "<") ? go(.opened) : .more
    case .declared:
      return declare(byte)
    case .characterData:
      return skipCharacterData(byte)
    case .instruction:
      if matched == 1, byte == UInt8(ascii: ">") { return .whole(.declaration) }
      matched = byte == UInt8(ascii: "?") ? 1 : 0
      return .more
    }
  }

  private mutating func go(_ next: Place) -> Progress {
    place = next
    matched = 0
    return .more
  }

  private mutating func open(_ byte: UInt8, _ limits: Limits) -> Progress {
    switch byte {
    case UInt8(ascii: "/"):
      return hasHeader ? go(.endTag) : .wrong(.notWellFormed)
    case UInt8(ascii: "?"):
      return isFresh ? go(.instruction) : .wrong(.restrictedXML)
    case UInt8(ascii: "!"):
      return go(.declared)
    default:
      guard XML.canBeginName(byte) else { return .wrong(.notWellFormed) }
      guard elements < limits.elements, !hasHeader || Int(depth) + 2 <= limits.depth else {
        return .wrong(.policyViolation)
      }
      elements += 1
      return go(.startTag)
    }
  }

  private mutating func endOfStartTag() -> Progress {
    guard hasHeader else { return .whole(.header) }
    depth += 1
    return go(.content)
  }

  private mutating func endOfEndTag() -> Progress {
    if depth == 0 { return .whole(.end) }
    depth -= 1
    return depth == 0 ? .whole(.element) : go(.content)
  }

  /// After `<!`: a comment, a part of a DTD, or `[CDATA[`.
  private mutating func declare(_ byte: UInt8) -> Progress {
    guard byte == XML.characterDataStart[Int(matched)] else {
      return .wrong(matched == 0 ? .restrictedXML : .notWellFormed)
    }
    matched += 1
    guard matched == XML.characterDataStart.count else { return .more }
    // Text between the children of a stream means nothing; before it, it is no XML.
    guard depth > 0 else { return .wrong(hasHeader ? .badFormat : .notWellFormed) }
    return go(.characterData)
  }

  private mutating func skipCharacterData(_ byte: UInt8) -> Progress {
    if byte == UInt8(ascii: "]") {
      matched = min(matched + 1, 2)
    } else if byte == UInt8(ascii: ">"), matched == 2 {
      return go(.content)
    } else {
      matched = 0
    }
    return .more
  }
}

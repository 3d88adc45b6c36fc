/// The head of an HTTP/1.1 message (RFC 9112 sections 2 to 5), read when it is whole. All ranges are places in its bytes.
///
/// It is stricter than RFC 9112 asks: lines end with CR LF, no field is folded, and no white space stands before a colon, so
/// that nobody in between can read the same bytes in another way.
struct HTTPHead {
  /// The most bytes of a head. Browsers send some 700; an ingress adds a few fields, and cookies may come.
  static let mostBytes = 8192
  /// The most fields.
  static let mostFields = 64

  /// Why bytes are no head: what a server would answer.
  enum Fault: Error {
    /// 400
    case malformed
    /// 431
    case tooLarge
  }

  /// The parts of the first line.
  private(set) var start: [Range<Int>] = []
  private var fields: [(name: Range<Int>, value: Range<Int>)] = []

  /// Where the empty line ends that ends the head; nil: it has not come. `scanned` bytes were looked at before.
  static func end(in bytes: Span<UInt8>, scanned: Int) throws(Fault) -> Int? {
    var index = max(scanned, 3)
    let end = min(bytes.count, mostBytes)
    while index < end {
      if bytes[index] == 0x0a, bytes[index - 1] == 0x0d, bytes[index - 2] == 0x0a,
        bytes[index - 3] == 0x0d
      {
        return index + 1
      }
      index += 1
    }
    if bytes.count >= mostBytes { throw .tooLarge }
    return nil
  }

  /// Reads a whole head.
  init(_ bytes: Span<UInt8>) throws(Fault) {
    var line = try Self.line(in: bytes, at: 0)
    var next = line.lowerBound
    for index in line where bytes[index] == 0x20 && start.count < 2 {
      start.append(next..<index)
      next = index + 1
    }
    start.append(next..<line.upperBound)
    guard start.count == 3, !start[0].isEmpty, !start[1].isEmpty else { throw .malformed }
    line = try Self.line(in: bytes, at: line.upperBound + 2)
    while !line.isEmpty {
      guard fields.count < Self.mostFields else { throw .tooLarge }
      guard let colon = line.first(where: { bytes[$0] == UInt8(ascii: ":") }),
        colon > line.lowerBound,
        (line.lowerBound..<colon).allSatisfy({ Self.isToken(bytes[$0]) })
      else { throw .malformed }
      var value = (colon + 1)..<line.upperBound
      while let first = value.first, Self.isSpace(bytes[first]) { value = value.dropFirst() }
      while let last = value.last, Self.isSpace(bytes[last]) { value = value.dropLast() }
      fields.append((line.lowerBound..<colon, value))
      line = try Self.line(in: bytes, at: line.upperBound + 2)
    }
  }

  /// The values of all fields of that name, which is in lower case.
  func values(of name: String, in bytes: Span<UInt8>) -> [Range<Int>] {
    fields.filter { bytes.extracting($0.name).holds(ignoringCase: name) }.map(\.value)
  }

  /// The value of the only field of that name; nil: there is none, or more than one.
  func value(of name: String, in bytes: Span<UInt8>) -> Range<Int>? {
    let values = values(of: name, in: bytes)
    return values.count == 1 ? values[0] : nil
  }

  /// Whether a list of tokens separated by commas has this one, which is in lower case (RFC 9110 section 5.6.1).
  func has(_ token: String, in name: String, of bytes: Span<UInt8>) -> Bool {
    values(of: name, in: bytes).contains { value in
      var next = value.lowerBound
      while next <= value.upperBound {
        let end = (next..<value.upperBound).first { bytes[$0] == UInt8(ascii: ",") }
        var entry = next..<(end ?? value.upperBound)
        while let first = entry.first, Self.isSpace(bytes[first]) { entry = entry.dropFirst() }
        while let last = entry.last, Self.isSpace(bytes[last]) { entry = entry.dropLast() }
        if bytes.extracting(entry).holds(ignoringCase: token) { return true }
        next = (end ?? value.upperBound) + 1
      }
      return false
    }
  }

  /// The line that begins at `start`, without its end.
  private static func line(in bytes: Span<UInt8>, at start: Int) throws(Fault) -> Range<Int> {
    var index = start
    while index + 1 < bytes.count {
      let byte = bytes[index]
      if byte == 0x0d {
        guard bytes[index + 1] == 0x0a else { throw .malformed }
        return start..<index
      }
      // No control characters (RFC 9110 section 5.5).
      guard byte == 0x09 || byte >= 0x20, byte != 0x7f else { throw .malformed }
      index += 1
    }
    throw .malformed
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// RFC 9110 section 5.6.2.
  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}

extension Span<UInt8> {
  /// Whether these are the bytes of `text`, which is ASCII in lower case, in whatever case.
  func holds(ignoringCase text: String) -> Bool {
    guard count == text.utf8.count else { return false }
    var index = 0
    for byte in text.utf8 {
      let own = self[index]
      let lowered = own >= UInt8(ascii: "A") && own <= UInt8(ascii: "Z") ? own | 0x20 : own
      guard lowered == byte else { return false }
      index += 1
    }
    return true
  }
}

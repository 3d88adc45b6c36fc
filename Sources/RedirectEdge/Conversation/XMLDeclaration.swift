/// The XML declaration (XML 1.0 section 2.8).
struct XMLDeclaration {
  private var index = "<?xml".utf8.count

  /// Checks a whole `<?...?>`: version 1.0 in UTF-8 (RFC 6120 section 11.6). Any other processing
  /// instruction is forbidden.
  static func check(_ bytes: Span<UInt8>) throws(StreamError) {
    var declaration = XMLDeclaration()
    try declaration.read(bytes)
  }

  private mutating func read(_ bytes: Span<UInt8>) throws(StreamError) {
    let end = bytes.count - 2
    guard bytes.begins("<?xml"), index <= end, index == end || XML.isSpace(bytes[index]) else {
      throw .restrictedXML
    }
    let bytes = bytes.extracting(..<end)
    guard let version = attribute("version", in: bytes), bytes.extracting(version).holds("1.0")
    else { throw .notWellFormed }
    if let encoding = attribute("encoding", in: bytes) {
      guard Self.isUTF8(bytes.extracting(encoding)) else { throw .unsupportedEncoding }
    }
    if let standalone = attribute("standalone", in: bytes) {
      let value = bytes.extracting(standalone)
      guard value.holds("yes") || value.holds("no") else { throw .notWellFormed }
    }
    guard skipSpace(in: bytes, at: index) == end else { throw .notWellFormed }
  }

  /// The value of ` name='value'` if that comes next.
  private mutating func attribute(_ name: String, in bytes: Span<UInt8>) -> Range<Int>? {
    let start = skipSpace(in: bytes, at: index)
    guard start > index, bytes.extracting(start...).begins(name) else { return nil }
    let equals = skipSpace(in: bytes, at: start + name.utf8.count)
    guard equals < bytes.count, bytes[equals] == UInt8(ascii: "=") else { return nil }
    let opening = skipSpace(in: bytes, at: equals + 1)
    guard opening < bytes.count,
      bytes[opening] == UInt8(ascii: "'") || bytes[opening] == UInt8(ascii: "\""),
      let length = bytes.extracting((opening + 1)...).firstIndex(of: bytes[opening])
    else { return nil }
    index = opening + length + 2
    return (opening + 1)..<(opening + 1 + length)
  }

  private func skipSpace(in bytes: Span<UInt8>, at start: Int) -> Int {
    var index = start
    while index < bytes.count, XML.isSpace(bytes[index]) { index += 1 }
    return index
  }

  /// Encoding names do not differ by case.
  private static func isUTF8(_ name: Span<UInt8>) -> Bool {
    name.count == 5 && name.extracting(3...).holds("-8")
      && name[0] | 0x20 == UInt8(ascii: "u") && name[1] | 0x20 == UInt8(ascii: "t")
      && name[2] | 0x20 == UInt8(ascii: "f")
  }
}

/// The lexical rules of XML 1.0 (fifth edition) as far as a stream may use them.
enum XML {
  static let characterDataStart: [7 of UInt8] = [0x5B, 0x43, 0x44, 0x41, 0x54, 0x41, 0x5B]

  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  /// Whether a name may begin with this byte, as far as one byte tells.
  static func canBeginName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }

  /// NameStartChar without the colon, which separates the prefix.
  static func beginsName(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x61...0x7A, 0x41...0x5A, 0x5F, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D,
      0x37F...0x1FFF, 0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF, 0x3001...0xD7FF,
      0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF:
      true
    default: false
    }
  }

  /// NameChar without the colon.
  static func continuesName(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x2D, 0x2E, 0x30...0x39, 0xB7, 0x300...0x36F, 0x203F...0x2040: true
    default: beginsName(scalar)
    }
  }

  /// Char: what may stand in a document at all.
  static func isCharacter(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }

  /// The character at `index` of valid UTF-8 and its length in bytes.
  static func scalar(in bytes: Span<UInt8>, at index: Int) -> (value: UInt32, length: Int) {
    let first = UInt32(bytes[index])
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard length > 1 else { return (first, 1) }
    var value = first & (0x7F >> UInt32(length))
    for offset in 1..<length { value = value << 6 | UInt32(bytes[index + offset] & 0x3F) }
    return (value, length)
  }

  /// The end of a qualified name that begins at `start`, and where its colon is (XML-NAMES
  /// section 4); nil: there is none.
  static func qualifiedName(
    in bytes: Span<UInt8>, at start: Int
  ) -> (end: Int, colon: Int?)? {
    var index = start
    var partStart = start
    var colon: Int?
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: ":") {
        guard colon == nil, index > partStart else { return nil }
        colon = index
        index += 1
        partStart = index
        continue
      }
      let (value, length) = scalar(in: bytes, at: index)
      guard index == partStart ? beginsName(value) : continuesName(value) else { break }
      index += length
    }
    return index > partStart ? (index, colon) : nil
  }

  /// The character that the reference at `index` (its `&`) stands for, and where the reference ends.
  /// Entities other than the five predefined ones are forbidden (RFC 6120 section 11.1).
  static func reference(
    in bytes: Span<UInt8>, at index: Int, before end: Int
  ) throws(StreamError) -> (value: UInt32, end: Int) {
    var stop = index + 1
    while stop < end, bytes[stop] != UInt8(ascii: ";") { stop += 1 }
    guard stop < end, stop > index + 1 else { throw .notWellFormed }
    let name = bytes.extracting((index + 1)..<stop)
    if name[0] == UInt8(ascii: "#") {
      guard let value = number(name.extracting(1...)), isCharacter(value) else {
        throw .notWellFormed
      }
      return (value, stop + 1)
    }
    if name.holds("amp") { return (0x26, stop + 1) }
    if name.holds("lt") { return (0x3C, stop + 1) }
    if name.holds("gt") { return (0x3E, stop + 1) }
    if name.holds("apos") { return (0x27, stop + 1) }
    if name.holds("quot") { return (0x22, stop + 1) }
    guard let (nameEnd, colon) = qualifiedName(in: name, at: 0), nameEnd == name.count, colon == nil
    else { throw .notWellFormed }
    throw .restrictedXML
  }

  /// The number of a character reference after `#`: decimal, or `x` and hexadecimal.
  private static func number(_ digits: Span<UInt8>) -> UInt32? {
    let isHexadecimal = digits.count > 0 && digits[0] == UInt8(ascii: "x")
    let first = isHexadecimal ? 1 : 0
    guard first < digits.count else { return nil }
    var value: UInt32 = 0
    for index in first..<digits.count {
      let digit: UInt32
      switch digits[index] {
      case let byte where 0x30...0x39 ~= byte: digit = UInt32(byte - 0x30)
      case let byte where isHexadecimal && 0x41...0x46 ~= byte: digit = UInt32(byte - 0x41 + 10)
      case let byte where isHexadecimal && 0x61...0x66 ~= byte: digit = UInt32(byte - 0x61 + 10)
      default: return nil
      }
      value = value * (isHexadecimal ? 16 : 10) + digit
      guard value <= 0x10FFFF else { return nil }
    }
    return value
  }
}

extension Span<UInt8> {
  /// Whether these are the bytes of `text`.
  func holds(_ text: String) -> Bool {
    let other = text.utf8
    guard count == other.count else { return false }
    var index = 0
    for byte in other {
      guard self[index] == byte else { return false }
      index += 1
    }
    return true
  }

  /// Whether both are the same bytes.
  func equals(_ other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }

  /// Where `byte` first stands.
  /// Whether there is nothing but XML white space, or nothing at all.
  var isSpace: Bool {
    for index in indices where !XML.isSpace(self[index]) { return false }
    return true
  }

  func firstIndex(of byte: UInt8) -> Int? {
    for index in indices where self[index] == byte { return index }
    return nil
  }
}

extension Span<UInt8> {
  /// Whether the first bytes are those of `text`.
  func begins(_ text: String) -> Bool {
    let length = text.utf8.count
    return count >= length && extracting(..<length).holds(text)
  }
}

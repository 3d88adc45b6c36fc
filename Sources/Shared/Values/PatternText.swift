/// UTF-8, a character at a time (RFC 3629).
enum PatternText {
  /// The last Unicode scalar.
  static let lastScalar: UInt32 = 0x10ffff
  private static let replacement: UInt32 = 0xfffd

  /// The character at a position inside the text, and its length in bytes. A byte that begins no
  /// character is one U+FFFD.
  static func scalar(of text: Span<UInt8>, at position: Int) -> (UInt32, Int) {
    let first = UInt32(text[position])
    if first < 0x80 { return (first, 1) }
    let length: Int
    var scalar: UInt32
    // The least scalar that may be written with so many bytes.
    let least: UInt32
    switch first {
    case 0xc2...0xdf: (length, scalar, least) = (2, first & 0x1f, 0x80)
    case 0xe0...0xef: (length, scalar, least) = (3, first & 0x0f, 0x800)
    case 0xf0...0xf4: (length, scalar, least) = (4, first & 0x07, 0x10000)
    default: return (replacement, 1)
    }
    guard position + length <= text.count else { return (replacement, 1) }
    for place in (position + 1)..<(position + length) {
      let byte = UInt32(text[place])
      guard byte & 0xc0 == 0x80 else { return (replacement, 1) }
      scalar = scalar << 6 | byte & 0x3f
    }
    let isScalar = scalar >= least && scalar <= lastScalar && !(0xd800...0xdfff).contains(scalar)
    return isScalar ? (scalar, length) : (replacement, 1)
  }
}

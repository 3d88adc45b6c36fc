/// The bytes that checked XML text or an attribute value stands for: references replaced, CDATA
/// sections opened. Elements in between are not expected.
struct Unescaped {
  private var index: Int
  private let end: Int
  /// Bytes of a character that stood as a reference, the next one lowest.
  private var pending: UInt32 = 0
  private var inCharacterData = false

  init(_ range: Range<Int>) {
    index = range.lowerBound
    end = range.upperBound
  }

  /// The next byte of the text; nil at its end.
  mutating func next(in bytes: Span<UInt8>) -> UInt8? {
    if pending != 0 {
      defer { pending >>= 8 }
      return UInt8(truncatingIfNeeded: pending)
    }
    while index < end {
      let byte = bytes[index]
      if inCharacterData {
        guard byte == UInt8(ascii: "]"), bytes.extracting(index..<end).begins("]]>") else {
          index += 1
          return byte
        }
        inCharacterData = false
        index += 3
      } else if byte == UInt8(ascii: "<") {
        // Checked text holds no other `<` than that of a CDATA section.
        inCharacterData = true
        index += "<![CDATA[".utf8.count
      } else if byte == UInt8(ascii: "&") {
        return beginReference(in: bytes)
      } else {
        index += 1
        return byte
      }
    }
    return nil
  }

  private mutating func beginReference(in bytes: Span<UInt8>) -> UInt8? {
    guard let (value, stop) = try? XML.reference(in: bytes, at: index, before: end),
      let scalar = Unicode.Scalar(value)
    else { preconditionFailure("unchecked text") }
    index = stop
    var length: UInt32 = 0
    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
      pending |= UInt32(byte) << (8 * length)
      length += 1
    }
    defer { pending >>= 8 }
    return UInt8(truncatingIfNeeded: pending)
  }

  /// Whether the text is `text`.
  consuming func holds(_ text: String, in bytes: Span<UInt8>) -> Bool {
    for byte in text.utf8 {
      guard next(in: bytes) == byte else { return false }
    }
    return next(in: bytes) == nil
  }

  /// Appends the text to `output`.
  consuming func append(to output: inout [UInt8], from bytes: Span<UInt8>) {
    while let byte = next(in: bytes) { output.append(byte) }
  }
}

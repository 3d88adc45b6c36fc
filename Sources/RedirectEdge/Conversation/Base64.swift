/// Base64 with padding, without line ends or anything else (RFC 4648 section 4, RFC 6120 section
/// 13.9.1). Unused bits must be zero (RFC 4648 section 3.5).
enum Base64 {
  /// Appends what the text stands for; false: it is not base64.
  static func decode(
    _ text: consuming Unescaped, in bytes: Span<UInt8>, to output: inout [UInt8]
  ) -> Bool {
    var bits: UInt32 = 0
    var digits = 0
    var padding = 0
    while let byte = text.next(in: bytes) {
      if byte == UInt8(ascii: "=") {
        padding += 1
        guard padding <= 2 else { return false }
        continue
      }
      guard padding == 0, let value = value(of: byte) else { return false }
      bits = bits << 6 | value
      digits += 1
      if digits % 4 == 0 {
        output.append(UInt8(truncatingIfNeeded: bits >> 16))
        output.append(UInt8(truncatingIfNeeded: bits >> 8))
        output.append(UInt8(truncatingIfNeeded: bits))
      }
    }
    guard (digits + padding) % 4 == 0 else { return false }
    switch digits % 4 {
    case 0:
      return padding == 0
    case 2:
      guard bits & 0xF == 0 else { return false }
      output.append(UInt8(truncatingIfNeeded: bits >> 4))
    case 3:
      guard bits & 0x3 == 0 else { return false }
      output.append(UInt8(truncatingIfNeeded: bits >> 10))
      output.append(UInt8(truncatingIfNeeded: bits >> 2))
    default:
      return false
    }
    return true
  }

  private static func value(of byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}

/// The text forms of IP addresses, judged without asking the operating system (RFC 4291 section 2.2;
/// IPv4 as four decimal numbers without leading zeros, which others read as octal).
enum IPLiteral {
  /// `192.0.2.1`.
  static func isIPv4(_ text: Span<UInt8>) -> Bool {
    isIPv4(text, from: 0)
  }

  /// True if the last label is a number: such a text is an IPv4 address or nothing, never a name.
  static func looksNumeric(_ text: Span<UInt8>) -> Bool {
    var digits = 0
    var index = text.count
    while index > 0 {
      let byte = text[index - 1]
      if byte == UInt8(ascii: ".") { break }
      guard isDigit(byte) else { return false }
      digits += 1
      index -= 1
    }
    return digits > 0
  }

  /// `2001:db8::1`, `::ffff:192.0.2.1`; no brackets, no zone.
  static func isIPv6(_ text: Span<UInt8>) -> Bool {
    var groups = 0
    var gap = false
    var index = 0
    if text.count >= 2, text[0] == colon, text[1] == colon {
      gap = true
      index = 2
    }
    while index < text.count {
      let start = index
      while index < text.count, isHexDigit(text[index]) { index += 1 }
      if index < text.count, text[index] == UInt8(ascii: ".") {
        groups += 2
        return isIPv4(text, from: start) && (gap ? groups < 8 : groups == 8)
      }
      guard (1...4).contains(index - start) else { return false }
      groups += 1
      if index == text.count { break }
      guard text[index] == colon, index + 1 < text.count else { return false }
      index += 1
      if text[index] == colon {
        guard !gap else { return false }
        gap = true
        index += 1
      }
    }
    return gap ? groups < 8 : groups == 8
  }

  private static let colon = UInt8(ascii: ":")

  private static func isIPv4(_ text: Span<UInt8>, from start: Int) -> Bool {
    var numbers = 0
    var index = start
    while true {
      let first = index
      var value = 0
      while index < text.count, isDigit(text[index]), index - first < 3 {
        value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
        index += 1
      }
      guard index > first, value <= 255 else { return false }
      if text[first] == UInt8(ascii: "0"), index - first > 1 { return false }
      numbers += 1
      if index == text.count { return numbers == 4 }
      guard text[index] == UInt8(ascii: "."), numbers < 4 else { return false }
      index += 1
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}

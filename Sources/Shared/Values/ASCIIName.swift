/// The ASCII part of both profiles, by hand: they agree there.
///
/// Localparts: RFC 3920 appendix A.5 and RFC 7622 section 3.3.1 forbid the same ten characters and
/// all controls; letters are lowered. Domains: nameprep forbids nothing in ASCII, but what would
/// break a JID, a line of `redirect.db` or a DNS name apart is refused.
enum ASCIIName {
  /// What became of an attempt.
  enum Outcome { case appended, prohibited, notASCII }

  /// Appends a localpart. Unless all of it is appended, nothing is.
  static func appendLocal(_ raw: Span<UInt8>, to output: inout [UInt8]) -> Outcome {
    append(raw, forbidden: localForbidden, to: &output)
  }

  /// Appends a domain without looking at its labels. Unless all of it is appended, nothing is.
  static func appendDomain(_ raw: Span<UInt8>, to output: inout [UInt8]) -> Outcome {
    append(raw, forbidden: domainForbidden, to: &output)
  }

  /// Checks the shape of a prepared domain, ASCII or not.
  static func checkDomain(_ domain: Span<UInt8>, from start: Int) throws(JIDError) {
    var previous = dot
    for index in start..<domain.count {
      let byte = domain[index]
      if byte < 0x80, domainForbidden.contains(byte) { throw .prohibited(.domain) }
      if byte == dot, previous == dot { throw .emptyLabel }
      previous = byte
    }
    if previous == dot { throw .emptyLabel }
  }

  /// True if a label begins with `xn--` (lower case): precis writes such labels in Unicode.
  static func hasALabel(_ domain: Span<UInt8>, from start: Int) -> Bool {
    var labelStart = true
    for index in start..<domain.count {
      if labelStart, index + 4 <= domain.count, domain[index] == UInt8(ascii: "x"),
        domain[index + 1] == UInt8(ascii: "n"), domain[index + 2] == UInt8(ascii: "-"),
        domain[index + 3] == UInt8(ascii: "-")
      {
        return true
      }
      labelStart = domain[index] == dot
    }
    return false
  }

  /// Whether a bare JID is canonical; nil if the profile has to say, because it is not all ASCII or
  /// has a label `xn--`.
  static func isCanonicalJID(_ bytes: Span<UInt8>, profile: JIDProfile) -> Bool? {
    let count = bytes.count
    // Copies, because a global is asked each time whether it exists already.
    let (localForbidden, domainForbidden) = (localForbidden, domainForbidden)
    var index = 0
    while index < count, bytes[index] != UInt8(ascii: "@") {
      let byte = bytes[index]
      if byte >= 0x80 { return nil }
      if isUpper(byte) || localForbidden.contains(byte) { return false }
      index += 1
    }
    guard (1...CanonicalJID.longestPart).contains(index), index < count else { return false }
    let domain = index + 1
    guard (1...CanonicalJID.longestPart).contains(count - domain) else { return false }
    var previous = UInt8(ascii: ".")
    for index in domain..<count {
      let byte = bytes[index]
      if byte >= 0x80 { return nil }
      if isUpper(byte) || domainForbidden.contains(byte) { return false }
      if byte == UInt8(ascii: "."), previous == byte { return false }
      previous = byte
    }
    if previous == UInt8(ascii: ".") { return false }
    return profile == .precis && hasALabel(bytes, from: domain) ? nil : true
  }

  /// True for an ASCII character that a localpart may not contain.
  static func isForbiddenInLocal(_ scalar: UInt32) -> Bool {
    scalar < 0x80 && localForbidden.contains(UInt8(scalar))
  }

  /// True for a byte that stands in a canonical localpart as it is.
  static func isPlainInLocal(_ byte: UInt8) -> Bool {
    byte < 0x80 && !isUpper(byte) && !localForbidden.contains(byte)
  }

  /// Space and controls, and what else XMPP uses to take addresses apart.
  private static let localForbidden = ASCIISet("\"&'/:<>@")
  private static let domainForbidden = ASCIISet("/@")
  private static var dot: UInt8 { UInt8(ascii: ".") }

  private static func isUpper(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "A") < 26
  }

  private static func append(
    _ raw: Span<UInt8>, forbidden: ASCIISet, to output: inout [UInt8]
  ) -> Outcome {
    let start = output.count
    var outcome = Outcome.appended
    output.append(addingCapacity: raw.count) { span in
      for index in raw.indices {
        let byte = raw[index]
        if byte >= 0x80 {
          outcome = .notASCII
          return
        }
        if forbidden.contains(byte) { outcome = .prohibited }
        span.append(isUpper(byte) ? byte | 0x20 : byte)
      }
    }
    if outcome != .appended { output.removeSubrange(start...) }
    return outcome
  }
}

/// A set of ASCII characters that always holds the space and the controls.
private struct ASCIISet {
  private var low: UInt64 = (1 << 33) - 1
  private var high: UInt64 = 1 << 63

  init(_ characters: String) {
    for byte in characters.utf8 { insert(byte) }
  }

  private mutating func insert(_ byte: UInt8) {
    if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
  }

  /// Only for bytes under 0x80.
  func contains(_ byte: UInt8) -> Bool {
    (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 != 0
  }
}

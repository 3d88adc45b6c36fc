/// A host and a port, written `name:5222`, `192.0.2.1:5222` or `[2001:db8::1]:5222`: what a client
/// is told in `<see-other-host/>` (RFC 6120 section 4.9.3.19), or where the edge itself connects to.
///
/// Names are ASCII: an internationalised name is written in its `xn--` form, because that is the only
/// one that every client's resolver understands.
public struct HostPort: Hashable, Sendable, CustomStringConvertible {
  /// The host without brackets, ASCII letters lowered so that equal hosts are equal.
  public let host: String
  /// The port, 1...65535.
  public let port: UInt16

  /// Reads `host` or `host:port`; an IPv6 address needs its brackets.
  /// Nil if that is malformed, or if the port is missing and there is no default.
  public init?(_ text: String, defaultPort: UInt16?) {
    guard let (host, portText) = Self.split(text), Self.isHost(host, bracketed: text.first == "[")
    else { return nil }
    switch portText {
    case nil:
      guard let defaultPort, defaultPort > 0 else { return nil }
      port = defaultPort
    case let digits?:
      guard let number = Self.port(digits) else { return nil }
      port = number
    }
    self.host = host.lowercased()
  }

  /// True if the host is an IPv6 address.
  public var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }

  /// True if the host is an address of this machine alone (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3).
  public var isLoopback: Bool {
    host == "::1" || host.hasPrefix("127.") && IPLiteral.isIPv4(host.utf8.span)
  }

  /// True if the host stands for all addresses of a machine; a listener's only.
  public var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

  /// Always `host:port`: clients that are not told a port assume one.
  public var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Takes brackets and port off; nil where they do not pair up.
  private static func split(_ text: String) -> (host: Substring, port: Substring?)? {
    if text.first == "[" {
      guard let bracket = text.firstIndex(of: "]") else { return nil }
      let host = text[text.index(after: text.startIndex)..<bracket]
      let rest = text[text.index(after: bracket)...]
      if rest.isEmpty { return (host, nil) }
      return rest.first == ":" ? (host, rest.dropFirst()) : nil
    }
    guard let colon = text.firstIndex(of: ":") else { return (text[...], nil) }
    return (text[..<colon], text[text.index(after: colon)...])
  }

  private static func port(_ digits: Substring) -> UInt16? {
    guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(digits),
      number > 0
    else { return nil }
    return number
  }

  private static func isHost(_ text: Substring, bracketed: Bool) -> Bool {
    if bracketed { return IPLiteral.isIPv6(text.utf8.span) }
    let name = text.utf8.last == UInt8(ascii: ".") ? text.dropLast() : text
    guard IPLiteral.looksNumeric(name.utf8.span) else { return isName(name) }
    return IPLiteral.isIPv4(text.utf8.span)
  }

  /// A DNS name (RFC 1123 section 2.1, and the underscore that container networks use).
  private static func isName(_ name: Substring) -> Bool {
    // RFC 1035 section 2.3.4: 63 bytes a label, 253 characters a name in its written form.
    guard (1...253).contains(name.utf8.count) else { return false }
    return name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .allSatisfy { label in
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
          && label.last != UInt8(ascii: "-") && label.allSatisfy(isNameByte)
      }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

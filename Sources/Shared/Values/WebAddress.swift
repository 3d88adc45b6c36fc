/// The URL of a node's WebSocket or BOSH service: what a client is told, or where the edge itself connects to.
public struct WebAddress: Hashable, Sendable, CustomStringConvertible {
  /// As it was written.
  public let description: String
  /// `wss` or `https`.
  public let isSecure: Bool
  /// The host, and the port or the scheme's own (443 or 80).
  public let hostPort: HostPort
  /// The path with the query, at least `/`.
  public let path: String

  /// Reads `SCHEME://host[:port][/path]` in visible ASCII, with one of the schemes, as `wss://`. A fragment is not allowed
  /// (RFC 6455 section 3).
  public init?(_ text: String, schemes: [String]) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }),
      let scheme = schemes.first(where: text.hasPrefix)
    else { return nil }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    isSecure = scheme == "wss://" || scheme == "https://"
    guard let hostPort = HostPort(String(authority), defaultPort: isSecure ? 443 : 80) else {
      return nil
    }
    self.hostPort = hostPort
    let path = rest.dropFirst(authority.count)
    self.path = path.first == "/" ? String(path) : "/" + path
    description = text
  }
}

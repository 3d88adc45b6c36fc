/// The domainpart of a JID in canonical form: prepared, lower case, no trailing dot; Unicode labels
/// as the servers keep them. Exists only if it is right.
public struct Domain: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The canonical domain, UTF-8.
  public let bytes: [UInt8]

  /// Reads a domain as a person or a client writes it.
  public init(_ text: some StringProtocol, profile: JIDProfile) throws(JIDError) {
    try self.init(Array(text.utf8).span, profile: profile)
  }

  /// The same for bytes, which need not be UTF-8 (that is an error then).
  public init(_ text: Span<UInt8>, profile: JIDProfile) throws(JIDError) {
    var bytes: [UInt8] = []
    try CanonicalJID.append(domain: text, profile: profile, to: &bytes)
    self.bytes = bytes
  }

  /// A domain from bytes that are known to be canonical.
  public init(canonical bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The canonical text.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  /// Byte order, as `LC_ALL=C sort`.
  public static func < (first: Domain, second: Domain) -> Bool {
    first.bytes.lexicographicallyPrecedes(second.bytes)
  }
}

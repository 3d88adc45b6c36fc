/// A user: a bare JID `local@domain` in canonical form. Exists only if it is right.
public struct User: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The canonical bare JID, UTF-8.
  public let bytes: [UInt8]

  /// Reads a JID as a person or a client writes it. A resource is dropped; a name without a domain
  /// gets `domain`.
  public init(_ text: some StringProtocol, profile: JIDProfile, domain: Domain? = nil)
    throws(JIDError)
  {
    try self.init(Array(text.utf8).span, profile: profile, domain: domain)
  }

  /// The same for bytes, which need not be UTF-8 (that is an error then).
  public init(_ jid: Span<UInt8>, profile: JIDProfile, domain: Domain? = nil) throws(JIDError) {
    var bytes: [UInt8] = []
    let fallback = domain?.bytes ?? []
    try CanonicalJID.append(
      jid: jid, fallbackDomain: fallback.span, profile: profile, to: &bytes)
    self.bytes = bytes
  }

  /// A user from bytes that are known to be canonical, because they come from a map.
  public init(canonical bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The part before the `@`.
  public var local: ArraySlice<UInt8> { bytes.prefix { $0 != UInt8(ascii: "@") } }

  /// The part after the `@`.
  public var domain: Domain { Domain(canonical: Array(bytes[local.endIndex...].dropFirst())) }

  /// The canonical text.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  /// Byte order, as `LC_ALL=C sort`.
  public static func < (first: User, second: User) -> Bool {
    first.bytes.lexicographicallyPrecedes(second.bytes)
  }
}

/// The canonical form of names: the key under which a user stands in the map.
///
/// It must be what the nodes make of a name, or a user silently moves. ASCII, nearly all there is,
/// is done here byte by byte and allocates nothing once the output has its size; everything else
/// goes to the profile. On an error the output is as it was.
public enum CanonicalJID {
  /// The longest part after preparation, in bytes (RFC 7622 section 3.1, RFC 3920 section 3.1).
  public static let longestPart = 1023

  /// The longest part that is looked at before preparation, in bytes. Preparation shrinks a
  /// full-width letter from three bytes to one; whoever sends more has no name to lose, and a
  /// preparation that takes more than linear time never sees it.
  public static let longestRawPart = 3 * longestPart

  /// Appends the canonical `local@domain` of raw (unescaped) parts.
  public static func append(
    local: Span<UInt8>, domain: Span<UInt8>, profile: JIDProfile, to output: inout [UInt8]
  ) throws(JIDError) {
    let start = output.count
    do throws(JIDError) {
      try appendLocal(local, profile: profile, to: &output)
      output.append(at)
      try append(domain: domain, profile: profile, to: &output)
    } catch {
      output.removeSubrange(start...)
      throw error
    }
  }

  /// Appends the canonical form of a raw domain.
  public static func append(
    domain: Span<UInt8>, profile: JIDProfile, to output: inout [UInt8]
  ) throws(JIDError) {
    let start = output.count
    do throws(JIDError) {
      switch ASCIIName.appendDomain(domain, to: &output) {
      case .appended where profile == .nodeprep || !ASCIIName.hasALabel(output.span, from: start):
        break
      case .appended, .notASCII:
        output.removeSubrange(start...)
        try appendPrepared(.domain, domain, profile, to: &output)
      case .prohibited: throw .prohibited(.domain)
      }
      try finishDomain(&output, from: start)
    } catch {
      output.removeSubrange(start...)
      throw error
    }
  }

  /// Appends the canonical bare JID of `local@domain/resource`, `local@domain` or `local`, whose
  /// domain then is `fallbackDomain`; an empty fallback is none. The split is RFC 7622 section 3.2's:
  /// the first slash ends the domain, the first at-sign before it begins it.
  public static func append(
    jid: Span<UInt8>, fallbackDomain: Span<UInt8>, profile: JIDProfile, to output: inout [UInt8]
  ) throws(JIDError) {
    let slash = firstIndex(of: UInt8(ascii: "/"), in: jid) ?? jid.count
    if slash < jid.count {
      try checkUTF8(.resource, jid.extracting((slash + 1)...))
    }
    let bare = jid.extracting(..<slash)
    if let split = firstIndex(of: at, in: bare) {
      try append(
        local: bare.extracting(..<split), domain: bare.extracting((split + 1)...),
        profile: profile, to: &output)
    } else if fallbackDomain.isEmpty {
      throw bare.isEmpty ? .empty(.local) : .missingDomain
    } else {
      try append(local: bare, domain: fallbackDomain, profile: profile, to: &output)
    }
  }

  /// True for a byte that stands in a canonical localpart as it is, under every profile: a localpart of at most `longestPart`
  /// such bytes, and at least one, is its own canonical form.
  public static func isPlainInLocal(_ byte: UInt8) -> Bool { ASCIIName.isPlainInLocal(byte) }

  /// True if the bytes are a canonical bare JID already. ASCII is looked at once, and nothing is
  /// allocated.
  public static func isCanonical(_ bytes: Span<UInt8>, profile: JIDProfile) -> Bool {
    if let answer = ASCIIName.isCanonicalJID(bytes, profile: profile) { return answer }
    var canonical: [UInt8] = []
    let none = Span<UInt8>()
    do {
      try append(jid: bytes, fallbackDomain: none, profile: profile, to: &canonical)
    } catch {
      return false
    }
    guard canonical.count == bytes.count else { return false }
    for index in bytes.indices where canonical[index] != bytes[index] { return false }
    return true
  }

  private static let at = UInt8(ascii: "@")

  private static func appendLocal(
    _ local: Span<UInt8>, profile: JIDProfile, to output: inout [UInt8]
  ) throws(JIDError) {
    let start = output.count
    switch ASCIIName.appendLocal(local, to: &output) {
    case .appended: break
    case .prohibited: throw .prohibited(.local)
    case .notASCII: try appendPrepared(.local, local, profile, to: &output)
    }
    try checkLength(.local, output.count - start)
  }

  /// Drops the root's dot and looks at the shape. Preparation comes first, because it can make dots,
  /// slashes and at-signs of other characters.
  private static func finishDomain(_ output: inout [UInt8], from start: Int) throws(JIDError) {
    if output.count > start + 1, output[output.count - 1] == UInt8(ascii: ".") {
      output.removeLast()
    }
    try checkLength(.domain, output.count - start)
    try ASCIIName.checkDomain(output.span, from: start)
  }

  private static func appendPrepared(
    _ part: JIDError.Part, _ raw: Span<UInt8>, _ profile: JIDProfile, to output: inout [UInt8]
  ) throws(JIDError) {
    guard raw.count <= longestRawPart else { throw .tooLong(part) }
    try checkUTF8(part, raw)
    switch profile {
    case .nodeprep: try Stringprep.append(part, raw, to: &output)
    case .precis: try Precis.append(part, raw, to: &output)
    }
  }

  private static func checkLength(_ part: JIDError.Part, _ count: Int) throws(JIDError) {
    guard count > 0 else { throw .empty(part) }
    guard count <= longestPart else { throw .tooLong(part) }
  }

  private static func checkUTF8(_ part: JIDError.Part, _ bytes: Span<UInt8>) throws(JIDError) {
    do {
      _ = try UTF8Span(validating: bytes)
    } catch {
      throw .notUTF8(part)
    }
  }

  private static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>) -> Int? {
    for index in bytes.indices where bytes[index] == byte { return index }
    return nil
  }
}

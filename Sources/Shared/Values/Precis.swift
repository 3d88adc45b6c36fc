/// The precis profile: RFC 7622, with RFC 8265's UsernameCaseMapped for localparts.
///
/// In order: width mapping, lower case, NFC, bidi rule, IdentifierClass with its contextual rules;
/// then everything again, until nothing changes (RFC 8264 section 7). RFC 8265 section 3.3.1 would
/// have a client check the class before the mappings too; a node that does not would know users that
/// the edge turned away, so here it is checked where both agree. Unassigned code points are
/// forbidden, so a newer Unicode only ever adds names and never moves one.
enum Precis {
  /// Appends a prepared part. `raw` is UTF-8 of at most `CanonicalJID.longestRawPart` bytes.
  static func append(
    _ part: JIDError.Part, _ raw: Span<UInt8>, to output: inout [UInt8]
  ) throws(JIDError) {
    var name = scalars(raw)
    for _ in 0...mostRepetitions {
      let next = part == .local ? try username(name) : try PrecisDomain.enforce(name)
      if next == name {
        appendUTF8(name, to: &output)
        return
      }
      name = next
    }
    throw .unstable(part)
  }

  /// RFC 8264 section 7: after three repetitions that still change something, reject.
  private static let mostRepetitions = 3

  /// One application of UsernameCaseMapped (RFC 8265 section 3.3.2) and of what XMPP forbids besides
  /// (RFC 7622 section 3.3.1).
  private static func username(_ raw: [UInt32]) throws(JIDError) -> [UInt32] {
    let name = Unistring.composed(Unistring.lowered(Unistring.widthMapped(raw)))
    try checkLength(.local, name)
    for scalar in name
    where !IdentifierClass.admits(scalar) || ASCIIName.isForbiddenInLocal(scalar) {
      throw .prohibited(.local)
    }
    guard BidiRule.holds(name) else { throw .mixedDirections(.local) }
    guard ContextRule.holds(name) else { throw .prohibited(.local) }
    return name
  }

  /// The rules below compare code points with each other: no more of them than a part may have.
  static func checkLength(_ part: JIDError.Part, _ name: [UInt32]) throws(JIDError) {
    let count = name.reduce(0) { $0 + ($1 < 0x80 ? 1 : $1 < 0x800 ? 2 : $1 < 0x10000 ? 3 : 4) }
    guard count <= CanonicalJID.longestPart else { throw .tooLong(part) }
  }

  private static func scalars(_ utf8: Span<UInt8>) -> [UInt32] {
    // Validated by the caller.
    guard let text = try? UTF8Span(validating: utf8) else { return [] }
    var scalars: [UInt32] = []
    scalars.reserveCapacity(utf8.count)
    var iterator = text.makeUnicodeScalarIterator()
    while let scalar = iterator.next() { scalars.append(scalar.value) }
    return scalars
  }

  private static func appendUTF8(_ scalars: [UInt32], to output: inout [UInt8]) {
    for value in scalars {
      guard let scalar = Unicode.Scalar(value) else { continue }
      output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
  }
}

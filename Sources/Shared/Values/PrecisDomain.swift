/// Domainparts of the precis profile (RFC 7622 section 3.2): labels in Unicode, lower case, NFC.
///
/// IDNA2008 leaves mapping to the application; this is RFC 5895's: lower case, width, NFC, and the
/// ideographic full stop as a dot. A label's code points are judged by PRECIS IdentifierClass, which
/// differs from IDNA2008's PVALID in a few musical and combining signs only. An ASCII label is taken
/// as it is, and so is an `xn--` label that is not the form of a valid Unicode label: a resolver may
/// know it, and a JID must not become unreachable by being odd.
enum PrecisDomain {
  /// One application to a whole domain.
  static func enforce(_ raw: [UInt32]) throws(JIDError) -> [UInt32] {
    let dots = Unistring.widthMapped(raw).map { $0 == ideographicFullStop ? dot : $0 }
    let mapped = Unistring.composed(Unistring.lowered(dots))
    try Precis.checkLength(.domain, mapped)
    var domain: [UInt32] = []
    domain.reserveCapacity(mapped.count)
    let labels = mapped.split(separator: dot, omittingEmptySubsequences: false)
    for (index, label) in labels.enumerated() {
      if index > 0 { domain.append(dot) }
      if label.allSatisfy({ $0 < 0x80 }) {
        domain.append(contentsOf: unicodeForm(of: label) ?? Array(label))
      } else {
        try check(label)
        domain.append(contentsOf: label)
      }
    }
    return domain
  }

  private static let dot: UInt32 = 0x2E
  private static let ideographicFullStop: UInt32 = 0x3002
  private static let hyphen: UInt32 = 0x2D

  /// The valid Unicode label behind `xn--...`, if there is one.
  private static func unicodeForm(of label: ArraySlice<UInt32>) -> [UInt32]? {
    guard label.starts(with: [0x78, 0x6E, hyphen, hyphen]),
      let decoded = Punycode.decode(label.dropFirst(4)), decoded.contains(where: { $0 >= 0x80 }),
      Unistring.composed(Unistring.lowered(Unistring.widthMapped(decoded))) == decoded,
      (try? check(decoded[...])) != nil
    else { return nil }
    return decoded
  }

  /// RFC 5891 section 4.2.
  private static func check(_ label: ArraySlice<UInt32>) throws(JIDError) {
    for scalar in label where !IdentifierClass.admits(scalar) { throw .prohibited(.domain) }
    let name = Array(label)
    guard label.first != hyphen, label.last != hyphen, !Unistring.isMark(name[0]),
      ContextRule.holds(name)
    else { throw .prohibited(.domain) }
    guard BidiRule.holds(name) else { throw .mixedDirections(.domain) }
  }
}

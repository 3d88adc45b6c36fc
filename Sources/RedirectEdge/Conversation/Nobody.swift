import Shared

/// Names that no user can have, where answers must not tell who is one (`Setup.concealsUsers`).
///
/// `foo bar` gets a node like an unknown user: all that a client can say of itself is answered alike. Only the domain
/// may be refused: which domains are served is no secret, and a refusal for the domain is the same for all names in
/// it (RFC 6120 section 4.9.3.9).
extension Workspace {
  /// Begins what `user` is for a name that is no user's.
  ///
  /// No UTF-8 text has this byte, so no user's hash can be asked for by a name that is nearly the user's
  /// (`alice@a.example` and a resource that is not UTF-8): where that hash leads to would tell whether the map has
  /// alice.
  public static let nobodysMark: UInt8 = 0xFF

  /// Makes `user` of `name`, which has no canonical form: the mark, the localpart as it came, an at-sign, the domain.
  /// The same name said in another way or with another resource makes the same.
  ///
  /// False: the name is not one of `domain`.
  mutating func nameNobody(of domain: [UInt8], _ profile: JIDProfile) -> Bool {
    let (local, foreign) = Self.parts(of: name.span)
    if let foreign {
      do throws(JIDError) {
        try Self.makeDomain(of: name[foreign], profile, &self.domain)
      } catch {
        return false
      }
      guard self.domain.span.equals(domain.span) else { return false }
    }
    user.removeAll(keepingCapacity: true)
    user.append(Self.nobodysMark)
    user.append(contentsOf: name[local])
    user.append(UInt8(ascii: "@"))
    user.append(contentsOf: domain)
    return true
  }

  /// Localpart and domain where they stand, split as `makeUser` does; a domain that is not said is nil.
  private static func parts(of name: Span<UInt8>) -> (local: Range<Int>, domain: Range<Int>?) {
    guard name.firstIndex(of: UInt8(ascii: "@")) != nil else { return (name.indices, nil) }
    let end = name.firstIndex(of: UInt8(ascii: "/")) ?? name.count
    guard let at = name.extracting(..<end).firstIndex(of: UInt8(ascii: "@")) else {
      return (0..<end, nil)
    }
    return (0..<at, (at + 1)..<end)
  }
}

import CUnistring

/// The bidi rule (RFC 5893 section 2); it binds names with right-to-left characters only.
enum BidiRule {
  /// True if the name may be shown without its parts changing places.
  static func holds(_ name: [UInt32]) -> Bool {
    let classes = name.map { uc_bidi_class($0) }
    guard classes.contains(where: { $0 == r || $0 == al || $0 == an }) else { return true }
    guard let first = classes.first, let last = classes.last(where: { $0 != nsm }) else {
      return true
    }
    switch first {
    case r, al:
      return (last == r || last == al || last == en || last == an)
        && classes.allSatisfy { [r, al, an, en, es, cs, et, on, bn, nsm].contains($0) }
        && !(classes.contains(en) && classes.contains(an))
    case l:
      return (last == l || last == en)
        && classes.allSatisfy { [l, en, es, cs, et, on, bn, nsm].contains($0) }
    default:
      return false
    }
  }

  private static let l = CInt(UC_BIDI_L)
  private static let r = CInt(UC_BIDI_R)
  private static let al = CInt(UC_BIDI_AL)
  private static let an = CInt(UC_BIDI_AN)
  private static let en = CInt(UC_BIDI_EN)
  private static let es = CInt(UC_BIDI_ES)
  private static let cs = CInt(UC_BIDI_CS)
  private static let et = CInt(UC_BIDI_ET)
  private static let on = CInt(UC_BIDI_ON)
  private static let bn = CInt(UC_BIDI_BN)
  private static let nsm = CInt(UC_BIDI_NSM)
}

import Shared

/// The domains seen so far, numbered, and which of them are local.
struct RosterDomains {
  let profile: JIDProfile
  private var table = DomainTable()
  /// By number.
  private(set) var isLocal: [Bool] = []
  /// Whether the local ones were told by the caller: then what is remote is known at once.
  private let areGiven: Bool
  /// Numbers by a hash of the raw domain, where that is the canonical one; 0 is none, else the number + 1.
  private var shortcuts = [UInt32](repeating: 0, count: Self.shortcutCount)

  /// More domains than most pools host, and still within the first-level cache.
  private static let shortcutCount = 256

  /// What is known of a domain.
  struct Known {
    let number: UInt32
    /// Names in it are dropped.
    let isDropped: Bool
  }

  init(local: [Domain], profile: JIDProfile) {
    self.profile = profile
    areGiven = !local.isEmpty
    for domain in local {
      let number = intern(domain.bytes.span)
      isLocal[Int(number)] = true
    }
  }

  /// A domain that was seen before, in the same form, which is the canonical one.
  @inline(__always)
  mutating func find(raw: Span<UInt8>, isOwner: Bool) -> Known? {
    let shortcut = shortcuts[Self.shortcut(raw)]
    guard shortcut != 0 else { return nil }
    let number = shortcut - 1
    guard table.isName(Int(number), raw) else { return nil }
    return known(number, isOwner: isOwner)
  }

  /// A canonical domain, new or not, and the form in which it was written.
  mutating func find(_ canonical: Span<UInt8>, raw: Span<UInt8>, isOwner: Bool) -> Known {
    let number = intern(canonical)
    if canonical.hasSameBytes(as: raw) { shortcuts[Self.shortcut(raw)] = number + 1 }
    return known(number, isOwner: isOwner)
  }

  /// Somebody in this domain owns a roster.
  @inline(__always)
  mutating func markLocal(_ number: UInt32) {
    if !areGiven, !isLocal[Int(number)] { isLocal[Int(number)] = true }
  }

  @inline(__always)
  private mutating func known(_ number: UInt32, isOwner: Bool) -> Known {
    if areGiven { return Known(number: number, isDropped: !isLocal[Int(number)]) }
    if isOwner { markLocal(number) }
    return Known(number: number, isDropped: false)
  }

  private mutating func intern(_ domain: Span<UInt8>) -> UInt32 {
    let number = table.intern(domain)
    if Int(number) == isLocal.count { isLocal.append(false) }
    return number
  }

  @inline(__always)
  private static func shortcut(_ domain: Span<UInt8>) -> Int {
    guard domain.count > 1 else { return 0 }
    let (first, last) = (Int(domain[0]), Int(domain[domain.count - 1]))
    let (second, middle) = (Int(domain[1]), Int(domain[domain.count / 2]))
    return (domain.count &* 7 &+ first &* 31 &+ second &* 5 &+ middle &* 3 &+ last)
      & (shortcutCount - 1)
  }
}

/// The contextual rules of RFC 5892 appendix A: code points that are valid next to some others only.
enum ContextRule {
  /// True if every code point that has a rule stands where it may.
  static func holds(_ name: [UInt32]) -> Bool {
    name.indices.allSatisfy { holds(name, at: $0) }
  }

  /// ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER.
  static func isJoinControl(_ scalar: UInt32) -> Bool { scalar == 0x200C || scalar == 0x200D }

  private static func holds(_ name: [UInt32], at index: Int) -> Bool {
    let before = index > 0 ? name[index - 1] : nil
    let after = index + 1 < name.count ? name[index + 1] : nil
    switch name[index] {
    case 0x200C:  // A.1
      return before.map(Unistring.isVirama) == true || joins(name, across: index)
    case 0x200D:  // A.2
      return before.map(Unistring.isVirama) == true
    case 0x00B7:  // A.3: between two l, as in Catalan
      return before == 0x6C && after == 0x6C
    case 0x0375:  // A.4
      return after.map { Unistring.isOf(.greek, $0) } == true
    case 0x05F3, 0x05F4:  // A.5, A.6
      return before.map { Unistring.isOf(.hebrew, $0) } == true
    case 0x30FB:  // A.7
      return name.contains { scalar in
        [.hiragana, .katakana, .han].contains { Unistring.isOf($0, scalar) }
      }
    case 0x0660...0x0669:  // A.8: one kind of Arabic digits in a name
      return !name.contains { (0x06F0...0x06F9).contains($0) }
    case 0x06F0...0x06F9:  // A.9
      return !name.contains { (0x0660...0x0669).contains($0) }
    default:
      return true
    }
  }

  /// The regular expression of A.1: letters that would join, were it not for what stands between.
  private static func joins(_ name: [UInt32], across index: Int) -> Bool {
    let before = name[..<index].last { !Unistring.isJoinTransparent($0) }
    let after = name[(index + 1)...].first { !Unistring.isJoinTransparent($0) }
    guard let before, let after else { return false }
    return Unistring.joinsToNext(before) && Unistring.joinsToPrevious(after)
  }
}

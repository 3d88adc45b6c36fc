/// The string class IdentifierClass: which code points may stand in a name at all (RFC 8264
/// sections 4.2, 8 and 9). Those that are valid only in some contexts pass here; see `ContextRule`.
enum IdentifierClass {
  /// Valid, whatever stands around it, or subject to a contextual rule.
  static func admits(_ scalar: UInt32) -> Bool {
    // The order is RFC 8264 section 8's; the comments name its categories.
    if let exception = exception(scalar) { return exception }
    if Unistring.isUnassigned(scalar) { return false }
    if scalar < 0x80 { return (0x21...0x7E).contains(scalar) }  // ASCII7, and ASCII's controls
    if ContextRule.isJoinControl(scalar) { return true }
    if isOldHangulJamo(scalar) || Unistring.isIgnorable(scalar) { return false }
    if Unistring.hasCompatibilityForm(scalar) { return false }
    return Unistring.isLetterOrDigit(scalar)
  }

  /// RFC 8264 section 9.6 (the table is RFC 5892 section 2.6's).
  private static func exception(_ scalar: UInt32) -> Bool? {
    switch scalar {
    case 0x00DF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007: true
    case 0x00B7, 0x0375, 0x05F3, 0x05F4, 0x30FB, 0x0660...0x0669, 0x06F0...0x06F9: true
    case 0x0640, 0x07FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: false
    default: nil
    }
  }

  /// RFC 8264 section 9.9: conjoining Hangul jamo, which have no single order.
  private static func isOldHangulJamo(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x1100...0x11FF, 0xA960...0xA97C, 0xD7B0...0xD7C6, 0xD7CB...0xD7FB: true
    default: false
    }
  }
}

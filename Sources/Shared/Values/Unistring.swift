import CUnistring

/// What the precis profile asks of Unicode, by GNU libunistring. Everything comes from this one
/// library, so that one Unicode version governs; texts are arrays of Unicode scalar values.
enum Unistring {
  /// The scripts that contextual rules name.
  enum Script: String {
    case greek = "Greek"
    case hebrew = "Hebrew"
    case hiragana = "Hiragana"
    case katakana = "Katakana"
    case han = "Han"
  }

  /// Normalization form C.
  static func composed(_ text: [UInt32]) -> [UInt32] {
    unsafe transformed(text) { unsafe rd_nfc($0, $1, $2, $3) }
  }

  /// Lower case without regard to language or context: a sigma stays a sigma wherever it stands.
  static func lowered(_ text: [UInt32]) -> [UInt32] {
    text.flatMap { scalar in
      unsafe transformed([scalar]) { unsafe u32_tolower($0, $1, nil, nil, $2, $3) }
    }
  }

  /// Full-width and half-width forms as the characters they stand for (RFC 8264 section 5.2.1).
  static func widthMapped(_ text: [UInt32]) -> [UInt32] {
    text.flatMap { scalar in
      // All such forms are in this block, but for the ideographic space, which is no letter.
      guard (0xFF00...0xFFEF).contains(scalar) else { return [scalar] }
      return decomposed(scalar)
    }
  }

  /// RFC 8264 section 9.17, HasCompat.
  static func hasCompatibilityForm(_ scalar: UInt32) -> Bool {
    unsafe transformed([scalar]) { unsafe rd_nfkc($0, $1, $2, $3) } != [scalar]
  }

  /// RFC 8264 section 9.10: not assigned, and no noncharacter either.
  static func isUnassigned(_ scalar: UInt32) -> Bool {
    uc_is_general_category_withtable(scalar, UInt32(UC_CATEGORY_MASK_Cn))
      && !uc_is_property_not_a_character(scalar)
  }

  /// RFC 8264 section 9.13, PrecisIgnorableProperties.
  static func isIgnorable(_ scalar: UInt32) -> Bool {
    uc_is_property_default_ignorable_code_point(scalar) || uc_is_property_not_a_character(scalar)
  }

  /// RFC 8264 section 9.1, LetterDigits.
  static func isLetterOrDigit(_ scalar: UInt32) -> Bool {
    uc_is_general_category_withtable(scalar, letterDigits)
  }

  /// A combining mark, which cannot begin a label.
  static func isMark(_ scalar: UInt32) -> Bool {
    uc_is_general_category_withtable(
      scalar, UInt32(UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Mc | UC_CATEGORY_MASK_Me))
  }

  /// Canonical combining class 9, Virama.
  static func isVirama(_ scalar: UInt32) -> Bool { uc_combining_class(scalar) == 9 }

  /// True if the character belongs to the script.
  static func isOf(_ script: Script, _ scalar: UInt32) -> Bool {
    unsafe uc_is_script(scalar, uc_script_byname(script.rawValue))
  }

  /// Joining type T: invisible to the joining of letters.
  static func isJoinTransparent(_ scalar: UInt32) -> Bool {
    uc_joining_type(scalar) == CInt(UC_JOINING_TYPE_T)
  }

  /// Joining type L or D: it would join the letter after it.
  static func joinsToNext(_ scalar: UInt32) -> Bool {
    let type = uc_joining_type(scalar)
    return type == CInt(UC_JOINING_TYPE_L) || type == CInt(UC_JOINING_TYPE_D)
  }

  /// Joining type R or D: it would join the letter before it.
  static func joinsToPrevious(_ scalar: UInt32) -> Bool {
    let type = uc_joining_type(scalar)
    return type == CInt(UC_JOINING_TYPE_R) || type == CInt(UC_JOINING_TYPE_D)
  }

  private static let letterDigits = UInt32(
    UC_CATEGORY_MASK_Ll | UC_CATEGORY_MASK_Lu | UC_CATEGORY_MASK_Lo | UC_CATEGORY_MASK_Nd
      | UC_CATEGORY_MASK_Lm | UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Mc)

  /// One step of the character's decomposition mapping; itself if it has none.
  private static func decomposed(_ scalar: UInt32) -> [UInt32] {
    var tag: CInt = 0
    var parts = [UInt32](repeating: 0, count: Int(UC_DECOMPOSITION_MAX_LENGTH))
    let count = unsafe parts.withUnsafeMutableBufferPointer { buffer in
      unsafe uc_decomposition(scalar, &tag, buffer.baseAddress)
    }
    return count > 0 ? Array(parts.prefix(Int(count))) : [scalar]
  }

  /// The shape of libunistring's functions: they use the buffer if the result fits it, else they
  /// allocate one.
  private typealias Transform = (
    UnsafePointer<UInt32>?, Int, UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<Int>?
  ) -> UnsafeMutablePointer<UInt32>?

  private static func transformed(_ text: [UInt32], _ transform: Transform) -> [UInt32] {
    // 18 is the longest decomposition of one character (U+FDFA); whole names hardly grow.
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: text.count + 18) { buffer in
      var count = buffer.count
      let result = unsafe text.withUnsafeBufferPointer { text in
        unsafe transform(text.baseAddress, text.count, buffer.baseAddress, &count)
      }
      guard let result = unsafe result else {
        preconditionFailure("libunistring: no memory for \(text.count) characters")
      }
      let copy = unsafe Array(UnsafeBufferPointer(start: result, count: count))
      if unsafe result != buffer.baseAddress { unsafe rd_free(result) }
      return copy
    }
  }
}

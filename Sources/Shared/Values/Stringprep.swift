import CIDN

/// The nodeprep profile: stringprep (RFC 3454) by GNU libidn.
///
/// Unassigned code points pass: Prosody lets them pass, ejabberd refuses them, and a name that no
/// node accepts needs no place. Compared over every code point, libidn, Prosody 0.12 (ICU) and
/// ejabberd's p1_stringprep 1.0.29 give the same for every name that they accept, but for U+33C6,
/// which ejabberd does not lower. In random strings they differ for conjoining Hangul jamo around an
/// accent (libidn composes as before Unicode corrigendum 5) and for three or more accents out of
/// order, which ejabberd does not sort: no script writes either.
enum Stringprep {
  /// Appends a prepared part. `raw` is UTF-8 of at most `CanonicalJID.longestRawPart` bytes.
  static func append(
    _ part: JIDError.Part, _ raw: Span<UInt8>, to output: inout [UInt8]
  ) throws(JIDError) {
    var copy: [UInt8] = []
    copy.reserveCapacity(raw.count)
    for index in raw.indices {
      // To C it would be the end of the text.
      guard raw[index] != 0 else { throw .prohibited(part) }
      copy.append(raw[index])
    }
    var name = try prepared(part, copy)
    // Names are prepared again wherever they are copied to; only what stays as it is can be a key.
    for _ in 0..<mostRepetitions {
      let next = try prepared(part, name)
      if next == name {
        output.append(contentsOf: name)
        return
      }
      name = next
    }
    throw .unstable(part)
  }

  /// As for the precis profile (RFC 8264 section 7); stringprep says nothing about it.
  private static let mostRepetitions = 3

  private static func prepared(
    _ part: JIDError.Part, _ text: [UInt8]
  ) throws(JIDError) -> [UInt8] {
    // What does not fit here, terminating zero included, is no part of a JID.
    let room = max(text.count, CanonicalJID.longestPart) + 1
    var buffer = text + [UInt8](repeating: 0, count: room - text.count)
    let code = unsafe buffer.withUnsafeMutableBytes { bytes in
      let text = unsafe bytes.assumingMemoryBound(to: CChar.self)
      return part == .local
        ? unsafe rd_nodeprep(text.baseAddress, text.count)
        : unsafe rd_nameprep(text.baseAddress, text.count)
    }
    switch UInt32(bitPattern: code) {
    case STRINGPREP_OK.rawValue:
      return Array(buffer.prefix { $0 != 0 })
    case STRINGPREP_TOO_SMALL_BUFFER.rawValue:
      throw .tooLong(part)
    case STRINGPREP_BIDI_BOTH_L_AND_RAL.rawValue, STRINGPREP_BIDI_LEADTRAIL_NOT_RAL.rawValue:
      throw .mixedDirections(part)
    default:
      throw .prohibited(part)
    }
  }
}

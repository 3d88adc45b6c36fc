import CIDN

/// The nodeprep profile: stringprep (RFC 3454) by GNU libidn. Unassigned code points pass, because
/// ejabberd and Prosody let them pass: a name in a newer script must not lose its node.
enum Stringprep {
  /// Appends a prepared part. `raw` is UTF-8 of at most `CanonicalJID.longestRawPart` bytes.
  static func append(
    _ part: JIDError.Part, _ raw: Span<UInt8>, to output: inout [UInt8]
  ) throws(JIDError) {
    var text = [UInt8]()
    text.reserveCapacity(raw.count + 1)
    for index in raw.indices {
      // To C it would be the end of the text.
      guard raw[index] != 0 else { throw .prohibited(part) }
      text.append(raw[index])
    }
    try prepare(part, &text)
    // Names are prepared again wherever they are copied to; only what stays as it is can be a key.
    for _ in 0..<mostRounds {
      var again = text
      try prepare(part, &again)
      if again == text {
        output.append(contentsOf: text)
        return
      }
      text = again
    }
    throw .unstable(part)
  }

  /// RFC 8264 section 7 asks for this many attempts; stringprep asks for nothing.
  private static let mostRounds = 3

  private static func prepare(_ part: JIDError.Part, _ text: inout [UInt8]) throws(JIDError) {
    // Either the text grows beyond what a JID may have, or it fits here.
    let room = max(text.count, CanonicalJID.longestPart) + 1
    text.append(contentsOf: repeatElement(0, count: room - text.count))
    let code = unsafe text.withUnsafeMutableBytes { bytes in
      let buffer = unsafe bytes.assumingMemoryBound(to: CChar.self)
      return part == .local
        ? unsafe rd_nodeprep(buffer.baseAddress, buffer.count)
        : unsafe rd_nameprep(buffer.baseAddress, buffer.count)
    }
    switch UInt32(bitPattern: code) {
    case STRINGPREP_OK.rawValue:
      text.removeSubrange((text.firstIndex(of: 0) ?? text.endIndex)...)
    case STRINGPREP_TOO_SMALL_BUFFER.rawValue:
      throw .tooLong(part)
    case STRINGPREP_BIDI_BOTH_L_AND_RAL.rawValue, STRINGPREP_BIDI_LEADTRAIL_NOT_RAL.rawValue:
      throw .mixedDirections(part)
    default:
      throw .prohibited(part)
    }
  }
}

/// Lines out of bytes that come in pieces of any size. Holds no more than what was fed and not taken yet; a line that
/// does not end within `PeerLimits.line` is a fault.
struct PeerLines: Sendable {
  private var bytes: [UInt8] = []
  /// Where the next line begins.
  private var start = 0
  /// How far there is certainly no end of a line.
  private var searched = 0

  /// Takes bytes in.
  mutating func feed(_ piece: Span<UInt8>) {
    bytes.removeSubrange(..<start)
    searched -= start
    start = 0
    for place in piece.indices { bytes.append(piece[place]) }
  }

  /// The next line without its end; nil: more bytes are needed.
  mutating func next() throws(PeerFault) -> ArraySlice<UInt8>? {
    let limit = start + PeerLimits.line
    while searched < bytes.count {
      guard searched < limit else { throw .lineTooLong }
      if bytes[searched] == UInt8(ascii: "\n") {
        defer {
          searched += 1
          start = searched
        }
        return bytes[start..<searched]
      }
      searched += 1
    }
    guard bytes.count - start < PeerLimits.line else { throw .lineTooLong }
    return nil
  }
}

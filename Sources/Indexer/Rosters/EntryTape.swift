import Shared

/// Entries in the order in which they came: appended at the end, read from the beginning as often as wanted.
///
/// The tape holds words; an entry with traffic is two of them. What does not fit into memory goes to a spill, oldest first.
struct EntryTape {
  /// Words in all.
  private(set) var count = 0
  /// Full pieces that are in memory; those before them are in the spill.
  private var pieces: [[UInt64]] = []
  private var last: [UInt64] = []
  private var spill: (any Spill)?
  /// Words in the spill.
  private var spilled = 0

  /// Words of a piece: 2 MiB.
  static let pieceSize = 256 << 10

  /// Bytes in memory.
  var memory: Int { (pieces.count * Self.pieceSize + last.count) * 8 }

  @inline(__always)
  mutating func append(_ word: UInt64) {
    if last.count == Self.pieceSize { turn() }
    last.append(word)
    count += 1
  }

  private mutating func turn() {
    pieces.append(last)
    last = []
    last.reserveCapacity(Self.pieceSize)
  }

  /// Brings all full pieces to the spill, which `make` opens if there is none yet.
  mutating func relieve(_ make: () throws(Complaint) -> any Spill) throws(Complaint) {
    if last.count == Self.pieceSize { turn() }
    if pieces.isEmpty { return }
    let spill: any Spill
    if let open = self.spill { spill = open } else { spill = try make() }
    self.spill = spill
    for piece in pieces { try spill.append(piece.span) }
    spilled += pieces.count * Self.pieceSize
    pieces = []
  }

  /// All words from `start` on, some at a time; always whole entries.
  func forEachPiece(from start: Int = 0, _ body: (Span<UInt64>) throws(Complaint) -> Void)
    throws(Complaint)
  {
    var done = start
    if done < spilled, let spill {
      var block = [UInt64](repeating: 0, count: Self.pieceSize)
      while done < spilled {
        let wanted = min(Self.pieceSize, spilled - done)
        try spill.read(at: done, count: wanted, into: &block)
        try body(block.span.extracting(0..<wanted))
        done += wanted
      }
    }
    for piece in pieces.dropFirst((done - spilled) / Self.pieceSize) {
      try body(piece.span.extracting(((done - spilled) % Self.pieceSize)...))
      done += Self.pieceSize - (done - spilled) % Self.pieceSize
    }
    if done < count { try body(last.span.extracting((last.count - (count - done))...)) }
  }
}

/// A place outside of memory for words: appended at its end, read from anywhere. Complaints name the place.
public protocol Spill: WordSource {
  /// Adds words at the end.
  func append(_ words: Span<UInt64>) throws(Complaint)
}

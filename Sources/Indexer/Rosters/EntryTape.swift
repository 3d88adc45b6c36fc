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

  /// Words of a piece; even, so that no entry is in two.
  private let pieceSize: Int

  /// Pieces of 2 MiB: not much that stays where there is little memory.
  static let smallPiece = 256 << 10
  /// Pieces of 32 MiB, which go back to the system when they go; the allocator keeps smaller ones.
  static let largePiece = 4 << 20

  init(pieceSize: Int = Self.smallPiece) {
    precondition(pieceSize % 2 == 0)
    self.pieceSize = pieceSize
  }

  /// Bytes in memory.
  var memory: Int { (pieces.count * pieceSize + last.count) * 8 }

  @inline(__always)
  mutating func append(_ word: UInt64) {
    if last.count == pieceSize { turn() }
    last.append(word)
    count += 1
  }

  private mutating func turn() {
    pieces.append(last)
    last = []
    last.reserveCapacity(pieceSize)
  }

  /// Brings all full pieces to the spill, which `make` opens if there is none yet.
  mutating func relieve(_ make: () throws(Complaint) -> any Spill) throws(Complaint) {
    if last.count == pieceSize { turn() }
    if pieces.isEmpty { return }
    let spill: any Spill
    if let open = self.spill { spill = open } else { spill = try make() }
    self.spill = spill
    for piece in pieces { try spill.append(piece.span) }
    spilled += pieces.count * pieceSize
    pieces = []
  }

  /// All words from `start` on, some at a time; always whole entries.
  func forEachPiece(from start: Int = 0, _ body: (Span<UInt64>) throws(Complaint) -> Void)
    throws(Complaint)
  {
    var done = start
    if done < spilled, let spill {
      var block = [UInt64](repeating: 0, count: pieceSize)
      while done < spilled {
        let wanted = min(pieceSize, spilled - done)
        try spill.read(at: done, count: wanted, into: &block)
        try body(block.span.extracting(0..<wanted))
        done += wanted
      }
    }
    for piece in pieces.dropFirst((done - spilled) / pieceSize) {
      try body(piece.span.extracting(((done - spilled) % pieceSize)...))
      done += pieceSize - (done - spilled) % pieceSize
    }
    if done < count { try body(last.span.extracting((last.count - (count - done))...)) }
  }
}

/// A place outside of memory for words: appended at its end, read from anywhere. Complaints name the place.
public protocol Spill: WordSource {
  /// Adds words at the end.
  func append(_ words: Span<UInt64>) throws(Complaint)
}

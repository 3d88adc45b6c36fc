/// Threads that do the pieces of one work side by side.
///
/// How many there are changes how long a work takes, never what comes of it: a work is divided without regard to them, and the
/// pieces' results come back in the pieces' order.
public struct Team: Sendable {
  /// Does a body for each number from 0 to `pieces` - 1, in any order, on any thread, and returns when all are done.
  public typealias Performance =
    @Sendable (
      _ pieces: Int, _ body: @Sendable (_ piece: Int) -> Void
    ) -> Void

  private let perform: Performance?
  /// Fewer items than this are not worth waking anybody.
  private let leastItems: Int

  /// The calling thread, and nobody else.
  public static let alone = Team(nil, leastItems: usualItems)

  /// Threads that somebody else owns: this layer starts none.
  public init(performing perform: @escaping Performance) {
    self.init(perform, leastItems: Self.usualItems)
  }

  /// For pieces of at least `leastItems` items.
  init(_ perform: Performance?, leastItems: Int) {
    self.perform = perform
    self.leastItems = leastItems
  }

  private static let usualItems = 1 << 10
  /// More pieces than there will be threads: who is done early takes another.
  private static let mostPieces = 16

  /// Cuts `0..<items` into pieces, does each, and returns the results in the pieces' order.
  func map<Result: Sendable>(
    _ items: Int, _ body: @Sendable (_ range: Range<Int>) -> Result
  ) -> [Result] {
    let pieces = min(Self.mostPieces, items / leastItems)
    guard pieces > 1 else { return items == 0 ? [] : [body(0..<items)] }
    let range: @Sendable (Int) -> Range<Int> = { piece in
      items * piece / pieces..<items * (piece + 1) / pieces
    }
    guard let perform else { return (0..<pieces).map { body(range($0)) } }
    return unsafe [Result](unsafeUninitializedCapacity: pieces) { buffer, count in
      // Each piece has its own place, and the buffer outlives them all.
      nonisolated(unsafe) let places = unsafe buffer
      perform(pieces) { piece in
        unsafe places.initializeElement(at: piece, to: body(range(piece)))
      }
      count = pieces
    }
  }
}

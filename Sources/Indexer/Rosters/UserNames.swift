/// A list of canonical bare JIDs in one block of bytes: 8 bytes a user beside the name itself.
///
/// Sorted by bytes when it comes from `ContactCollector`; an index is a user's id.
public struct UserNames: Sendable, Equatable, RandomAccessCollection {
  /// All names, one after the other, nothing between them.
  public let arena: [UInt8]
  /// Name `i` is `arena[starts[i]..<starts[i + 1]]`; `count + 1` values.
  public let starts: [Int]

  /// Names laid out as `arena` and `starts` say; `starts` begins with 0 and never falls.
  init(arena: [UInt8], starts: [Int]) {
    precondition(starts.first == 0 && starts.last == arena.count)
    self.arena = arena
    self.starts = starts
  }

  /// The given canonical names in the given order.
  public init(_ names: some Sequence<String>) {
    var arena: [UInt8] = []
    var starts = [0]
    for name in names {
      arena.append(contentsOf: name.utf8)
      starts.append(arena.count)
    }
    self.init(arena: arena, starts: starts)
  }

  /// The first user's index: 0.
  public var startIndex: Int { 0 }
  /// The number of users.
  public var endIndex: Int { starts.count - 1 }

  /// The canonical bytes of user `index`. No copy: a view that keeps the whole block alive.
  public subscript(index: Int) -> ArraySlice<UInt8> { arena[starts[index]..<starts[index + 1]] }

  /// Calls `body` with the canonical bytes of user `index`.
  public func withBytes<Result>(of index: Int, _ body: (Span<UInt8>) throws -> Result) rethrows
    -> Result
  {
    try body(arena.span.extracting(starts[index]..<starts[index + 1]))
  }
}

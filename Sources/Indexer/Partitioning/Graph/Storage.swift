/// Where the rows of graphs lie.
///
/// Those of small graphs lie in memory. Those of large ones may lie on shelves, which are files that somebody else keeps and maps:
/// then whoever goes through a graph does so in the order of its rows, or gathers what it needs of them in that order, one window
/// after the other. Where the rows lie makes no difference to what comes of them.
public struct Storage: Sendable {
  /// An empty shelf.
  public typealias Shelving = @Sendable () -> any Shelf

  private let shelving: Shelving?
  /// Rows that take more bytes than this go onto a shelf.
  private let mostBytes: Int
  /// How many entries of rows on a shelf may be taken into memory at once.
  let window: Int

  /// Everything in memory.
  public static let memory = Storage(nil, mostBytes: .max, window: .max)

  /// Rows of more than an eighth of `memory` bytes lie on shelves, and as much of them as fits in another is gathered at once.
  public init(memory: Int, shelving: @escaping Shelving) {
    self.init(
      shelving, mostBytes: memory / 8, window: max(1, memory / 8 / Storage.usualEntry))
  }

  init(_ shelving: Shelving?, mostBytes: Int, window: Int) {
    self.shelving = shelving
    self.mostBytes = mostBytes
    self.window = window
  }

  /// Bytes of a neighbour and of a small weight.
  private static let usualEntry = 5

  /// Whether rows of so many entries lie on a shelf.
  func shelves(entries: Int) -> Bool { shelving != nil && entries > mostBytes / Self.usualEntry }

  /// A shelf, if rows of so many entries lie on one.
  func shelf(entries: Int) -> (any Shelf)? { shelves(entries: entries) ? shelving?() : nil }
}

/// A place outside memory, filled from its beginning to its end and read afterwards.
///
/// It has nobody to tell of troubles: whoever provides shelves ends the work if one is full.
public protocol Shelf: AnyObject {
  /// Puts bytes behind those that it has.
  func append(_ bytes: RawSpan)

  /// All of them, to be read. Nothing is appended any more.
  func finish() -> Room
}

/// Bytes at one address, until nobody needs them any more.
@safe public final class Room: @unchecked Sendable {
  let start: UnsafeMutableRawPointer
  let byteCount: Int
  private let release: (UnsafeMutableRawPointer) -> Void

  /// Bytes of somebody else, who lets them be until `release` is called, which gets `start`. Their address is a multiple of 8.
  public init(
    start: UnsafeMutableRawPointer, byteCount: Int,
    release: @escaping (UnsafeMutableRawPointer) -> Void
  ) {
    precondition(UInt(bitPattern: start) % 8 == 0)
    unsafe self.start = unsafe start
    self.byteCount = byteCount
    unsafe self.release = unsafe release
  }

  /// Memory with anything in it.
  convenience init(byteCount: Int) {
    unsafe self.init(
      start: .allocate(byteCount: byteCount, alignment: 16), byteCount: byteCount,
      release: { unsafe $0.deallocate() })
  }

  deinit { unsafe release(start) }
}

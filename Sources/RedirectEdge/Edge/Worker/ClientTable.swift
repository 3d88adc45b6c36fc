import Glibc
import Routing
import Synchronization

/// Words about clients, one a client (`ClientRecord`), which all threads may read and write without a lock.
///
/// A client has its place in one set of a cache line. Who writes decides who is forgotten when a set is full.
@safe final class ClientTable: @unchecked Sendable {
  /// Words of a set: 64 bytes.
  static let ways = 8

  /// Words of the table.
  let count: Int
  private let words: UnsafeMutablePointer<Atomic<UInt64>>

  /// - Parameter capacity: clients; rounded up to a power of two.
  init(capacity: Int) {
    var count = Self.ways
    while count < capacity { count *= 2 }
    self.count = count
    // Zero is everybody's first word, and pages that nobody needs are never touched.
    guard let memory = unsafe calloc(count, MemoryLayout<Atomic<UInt64>>.stride) else {
      fatalError("no memory for \(count) clients")
    }
    unsafe words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: count)
  }

  deinit {
    unsafe words.deinitialize(count: count)
    unsafe free(words)
  }

  /// The places where a client can be.
  func places(of client: UInt64) -> Range<Int> {
    let first = Int(truncatingIfNeeded: client) & (count - 1) & ~(Self.ways - 1)
    return first..<(first + Self.ways)
  }

  /// What stands at a place.
  subscript(place: Int) -> ClientRecord {
    get { unsafe ClientRecord(rawValue: words[place].load(ordering: .relaxed)) }
    set { unsafe words[place].store(newValue.rawValue, ordering: .relaxed) }
  }

  /// What is remembered of a client; empty: nothing.
  func record(of client: UInt64) -> ClientRecord {
    for place in places(of: client) {
      let record = self[place]
      if record.isOf(client) { return record }
    }
    return .nobody
  }
}

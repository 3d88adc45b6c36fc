import Shared

/// Users with partition and line, gathered in memory and put in order there.
struct SortRun {
  private struct Entry {
    /// The first eight bytes as a number, 0 where there are none: decides most comparisons.
    let prefix: UInt64
    let start: Int
    let length: UInt32
    let partition: Partition
    let line: Int
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  /// Bytes of memory in use; sorting itself may take half of the entries again.
  var memory: Int { bytes.count + entries.count * MemoryLayout<Entry>.stride }

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(_ user: Span<UInt8>, _ partition: Partition, line: Int) {
    var prefix: UInt64 = 0
    for place in 0..<8 {
      prefix = prefix << 8 | (place < user.count ? UInt64(user[place]) : 0)
    }
    entries.append(
      Entry(
        prefix: prefix, start: bytes.count, length: UInt32(user.count), partition: partition,
        line: line))
    bytes.append(copying: user)
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
  }

  /// By user, then by line.
  mutating func sort() {
    Self.sort(&entries, of: bytes)
  }

  private static func sort(_ entries: inout [Entry], of bytes: [UInt8]) {
    let all = bytes.span
    entries.sort { a, b in
      if a.prefix != b.prefix { return a.prefix < b.prefix }
      let order = ByteOrder.compare(
        all.extracting(a.start..<a.start + Int(a.length)),
        all.extracting(b.start..<b.start + Int(b.length)))
      return order == 0 ? a.line < b.line : order < 0
    }
  }

  func forEach<E>(
    _ body: (_ user: Span<UInt8>, _ partition: Partition, _ line: Int) throws(E) -> Void
  ) throws(E) {
    for entry in entries {
      let user = bytes.span.extracting(entry.start..<entry.start + Int(entry.length))
      try body(user, entry.partition, entry.line)
    }
  }
}

/// The local names in byte order, and where each name went.
struct SortedNames: ~Copyable {
  let names: UserNames
  /// Place of each name of the table in `names`; `remote` if it is not there.
  let places: Cells<UInt32>

  /// Stands in `places` for a name that was left out.
  static let remote = UInt32.max

  /// A name on its way into order: eight bytes of it, and where it stands in the arena.
  private struct Key {
    var bytes: UInt64
    let offset: Int
  }

  /// Sorts the names of `table` whose domain `isLocal`, and that are used, unless `isUsed` is empty; the table goes.
  init(_ table: consuming NameTable, isLocal: [Bool], isUsed: consuming Cells<Bool>) {
    let count = table.count
    let advice = table.advice
    let arena = table.takeArena()
    let places = Cells<UInt32>(count: count, repeating: Self.remote, advice: advice)
    var bytes = 0
    var keys: [Key] = []
    keys.reserveCapacity(count)
    arena.forEach { record in
      guard isLocal[Int(record.domain)],
        isUsed.count == 0 || isUsed[Int(arena.number(record.offset))]
      else { return }
      keys.append(Key(bytes: arena.key(record.offset, at: 0), offset: record.offset))
      bytes += record.length
    }
    Self.sort(&keys, 0..<keys.count, in: arena, from: 0)
    // Each array goes as soon as the next has what it is for: there may be a hundred million users.
    var starts: [Int] = []
    starts.reserveCapacity(keys.count + 1)
    for key in keys { starts.append(key.offset) }
    keys = []
    var names: [UInt8] = []
    names.reserveCapacity(bytes)
    for place in starts.indices {
      let offset = starts[place]
      places[Int(arena.number(offset))] = UInt32(place)
      starts[place] = names.count
      arena.withName(offset) { names.append(copying: $0) }
    }
    starts.append(names.count)
    self.names = UserNames(arena: names, starts: starts)
    self.places = places
  }

  /// Puts keys whose names agree in the first `depth` bytes in order.
  ///
  /// Eight bytes at a time: the keys lie beside each other in memory, while comparing whole names would fetch two of them from far
  /// away for every comparison.
  private static func sort(
    _ keys: inout [Key], _ range: Range<Int>, in arena: borrowing NameArena, from depth: Int
  ) {
    if keys[range].contains(where: { $0.bytes != keys[range.lowerBound].bytes }) {
      // A slice of an array would be a copy.
      unsafe keys.withUnsafeMutableBufferPointer { keys in
        unsafe keys[range].sort { $0.bytes < $1.bytes }
      }
    }
    var start = range.lowerBound
    while start < range.upperBound {
      var end = start + 1
      while end < range.upperBound, keys[end].bytes == keys[start].bytes { end += 1 }
      // Names are unique and hold no zero byte, so equal keys at the end of a name cannot happen and the recursion ends with
      // the longest name (1023 + 1 + 1023 bytes, RFC 7622).
      if end - start > 1 {
        for index in start..<end {
          keys[index].bytes = arena.key(keys[index].offset, at: depth + 8)
        }
        sort(&keys, start..<end, in: arena, from: depth + 8)
      }
      start = end
    }
  }
}

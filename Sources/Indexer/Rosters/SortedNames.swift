/// The local names in byte order, and where each name went.
struct SortedNames {
  let names: UserNames
  /// Place of each name of the table in `names`; `remote` if it is not there.
  let places: [UInt32]

  /// Stands in `places` for a name that was left out.
  static let remote = UInt32.max

  /// Sorts the names of `table` for which `isLocal` holds.
  init(_ table: NameTable, where isLocal: (Int) -> Bool) {
    var order: [UInt32] = []
    for id in 0..<table.count where isLocal(id) { order.append(UInt32(id)) }
    table.sort(&order)
    var places = [UInt32](repeating: Self.remote, count: table.count)
    var arena: [UInt8] = []
    arena.reserveCapacity(order.reduce(0) { $0 + table.length(of: Int($1)) })
    var starts = [0]
    starts.reserveCapacity(order.count + 1)
    let known = table.arena.span
    for (place, id) in order.enumerated() {
      places[Int(id)] = UInt32(place)
      arena.append(copying: known.extracting(table.range(of: Int(id))))
      starts.append(arena.count)
    }
    names = UserNames(arena: arena, starts: starts)
    self.places = places
  }
}

extension NameTable {
  func range(of id: Int) -> Range<Int> { starts[id]..<starts[id + 1] }
  func length(of id: Int) -> Int { starts[id + 1] - starts[id] }

  /// Sorts ids by the bytes of their names.
  ///
  /// Eight bytes at a time: the keys lie beside each other in memory, while comparing whole names
  /// would fetch two of them from far away for every comparison.
  func sort(_ ids: inout [UInt32]) {
    ids = sorted(ids, from: 0)
  }

  private func sorted(_ ids: [UInt32], from depth: Int) -> [UInt32] {
    var keyed = ids.map { (key: key(of: Int($0), at: depth), id: $0) }
    keyed.sort { $0.key < $1.key }
    var result: [UInt32] = []
    result.reserveCapacity(ids.count)
    var start = 0
    while start < keyed.count {
      var end = start + 1
      while end < keyed.count, keyed[end].key == keyed[start].key { end += 1 }
      // Names are unique and hold no zero byte, so equal keys at the end of a name cannot happen
      // and the recursion ends with the longest name (1023 + 1 + 1023 bytes, RFC 7622).
      if end - start == 1 {
        result.append(keyed[start].id)
      } else {
        result += sorted(keyed[start..<end].map(\.id), from: depth + 8)
      }
      start = end
    }
    return result
  }

  /// Bytes `depth..<depth + 8` of a name as one number that sorts like them; zeros behind its end.
  private func key(of id: Int, at depth: Int) -> UInt64 {
    let end = min(starts[id] + depth + 8, starts[id + 1])
    var key: UInt64 = 0
    var index = starts[id] + depth
    var shift: UInt64 = 56
    while index < end {
      key |= UInt64(arena[index]) << shift
      shift &-= 8
      index += 1
    }
    return key
  }
}

/// Gives every name a number, in order of first sight.
///
/// One block of bytes, one array of starts, one open hash table with linear probing: some 20 bytes a
/// name beside the name itself, and no allocation for a name that is known.
struct NameTable: Sendable {
  /// All names, one after the other.
  private(set) var arena: [UInt8] = []
  /// Name `i` is `arena[starts[i]..<starts[i + 1]]`.
  private(set) var starts: [Int] = [0]
  /// 0 = free, else `hash & tagMask | (id + 1)`: the upper half of the hash spares most comparisons.
  private var slots = [UInt64](repeating: 0, count: 1 << 10)

  /// Means nothing; keeps the compiler from leaving out the reading that fills the cache.
  private var touched: UInt8 = 0

  private static let tagMask: UInt64 = 0xFFFF_FFFF_0000_0000
  /// Ids are 32 bits wide and 0 means "free" in `slots`.
  static let mostNames = Int(UInt32.max) - 1

  /// Number of names.
  var count: Int { starts.count - 1 }

  /// The numbers of all names in `batch`, in order.
  ///
  /// A look-up waits three times for memory: for the slot, the start, the bytes. The first passes
  /// touch them for all names, one kind after the other, so that the waits overlap: reading 12 million
  /// entries between a million users took 8.7 s of CPU so, 16.7 s one by one.
  mutating func intern(_ batch: borrowing NameBatch) -> [UInt32] {
    let mask = slots.count - 1
    var ids: [UInt32] = []
    ids.reserveCapacity(batch.count)
    for hash in batch.hashes {
      ids.append(UInt32(truncatingIfNeeded: slots[Int(truncatingIfNeeded: hash) & mask]))
    }
    var first: [Int] = []
    first.reserveCapacity(batch.count)
    for id in ids { first.append(starts[max(Int(id), 1) - 1]) }
    for start in first where start < arena.count { touched &+= arena[start] }
    for place in 0..<batch.count {
      ids[place] = intern(batch.bytes.span.extracting(batch.range(place)), batch.hashes[place])
    }
    return ids
  }

  /// The number of `name`, a new one if it was not known.
  private mutating func intern(_ name: Span<UInt8>, _ hash: UInt64) -> UInt32 {
    let tag = hash & Self.tagMask
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let entry = slots[slot]
      if entry & Self.tagMask == tag {
        let id = UInt32(truncatingIfNeeded: entry) - 1
        if isName(Int(id), equalTo: name) { return id }
      }
      slot = (slot + 1) & mask
    }
    precondition(count < Self.mostNames, "more than \(Self.mostNames) names")
    let id = UInt32(count)
    slots[slot] = tag | UInt64(id + 1)
    arena.append(copying: name)
    starts.append(arena.count)
    // Half full at most: linear probing stays short.
    if count * 2 > slots.count { grow() }
    return id
  }

  private func isName(_ id: Int, equalTo name: Span<UInt8>) -> Bool {
    let start = starts[id]
    guard starts[id + 1] - start == name.count else { return false }
    let known = arena.span
    for index in name.indices where known[start + index] != name[index] { return false }
    return true
  }

  /// Doubles the table. Slots keep only half of the hash, so names are hashed again, in order.
  private mutating func grow() {
    let mask = slots.count * 2 - 1
    var wider = [UInt64](repeating: 0, count: mask + 1)
    for id in 0..<count {
      let hash = NameBatch.hash(arena.span.extracting(starts[id]..<starts[id + 1]))
      var slot = Int(truncatingIfNeeded: hash) & mask
      while wider[slot] != 0 { slot = (slot + 1) & mask }
      wider[slot] = hash & Self.tagMask | UInt64(id + 1)
    }
    slots = wider
  }
}

/// Gives every name a number, in order of first sight.
///
/// One arena of records and one open hash table with linear probing: 10 bytes a name for the record and 11 to 21 for its slots
/// beside the name itself, half of the latter more while the table grows, and no allocation for a name that is known.
struct NameTable: ~Copyable {
  let hash = NameHash()
  private(set) var arena: NameArena
  let advice: MemoryAdvice
  /// Number of names.
  private(set) var count = 0
  /// 0 = free, else the hash's upper bits and the record's offset + 1.
  private var slots = Cells<UInt64>(count: 1 << 10, repeating: 0)
  /// Means nothing; keeps the compiler from leaving out the reading that fills the cache.
  private var touched: UInt32 = 0

  /// 1 TiB of names; the other 24 bits of a slot spare nearly all comparisons with other names.
  private static let offsetMask: UInt64 = 1 << 40 - 1
  /// Entries hold two numbers of 30 bits (`Entry`).
  static let mostNames = 1 << 30

  init(_ advice: MemoryAdvice) {
    self.advice = advice
    arena = NameArena(advice)
  }

  /// Looks up all names in `batch`: their numbers are in its `ids` then.
  ///
  /// A look-up waits twice for memory: for the slot and for the record. The first passes touch them for all names, one kind
  /// after the other, so that the waits overlap.
  mutating func intern(_ batch: borrowing NameBatch) {
    // Three quarters full at most: linear probing stays short.
    while (count + NameBatch.size) * 4 > slots.count * 3 { grow() }
    let mask = slots.count - 1
    for place in 0..<batch.count {
      let slot = slots[Int(truncatingIfNeeded: batch.hashes[place]) & mask]
      batch.ids[place] = UInt32(truncatingIfNeeded: slot)
    }
    for place in 0..<batch.count where batch.ids[place] != 0 {
      let slot = slots[Int(truncatingIfNeeded: batch.hashes[place]) & mask]
      touched &+= arena.touch(Int(slot & Self.offsetMask) - 1)
    }
    for place in 0..<batch.count {
      batch.ids[place] = intern(batch, place, mask)
    }
  }

  @inline(__always)
  private mutating func intern(_ batch: borrowing NameBatch, _ place: Int, _ mask: Int) -> UInt32 {
    let hash = batch.hashes[place]
    let tag = hash & ~Self.offsetMask
    let (name, length) = unsafe (batch.name(place), batch.lengths[place])
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[index]
      if slot == 0 { break }
      if slot & ~Self.offsetMask == tag {
        let offset = Int(slot & Self.offsetMask) - 1
        if unsafe arena.isName(offset, name, length) { return arena.number(offset) }
      }
      index = (index + 1) & mask
    }
    precondition(count < Self.mostNames, "more than \(Self.mostNames) names")
    let id = UInt32(count)
    let offset = unsafe arena.append(name, length, number: id, domain: batch.domains[place])
    slots[index] = tag | UInt64(offset + 1)
    count += 1
    return id
  }

  /// Where the name of each number stands in the arena.
  func offsets() -> Cells<Int> {
    let offsets = Cells<Int>(count: count, repeating: 0)
    var number = 0
    arena.forEach { record in
      offsets[number] = record.offset
      number += 1
    }
    return offsets
  }

  /// All names; the table goes, and with it its slots.
  consuming func takeArena() -> NameArena { arena }

  /// Doubles the table. Slots keep only a part of the hash, so names are hashed again, in order.
  private mutating func grow() {
    let mask = slots.count * 2 - 1
    let wider = Cells<UInt64>(count: mask + 1, repeating: 0, advice: advice)
    let padded = NameBatch()
    arena.forEach { record in
      let hash = padded.hash(of: record, in: arena, hash)
      var index = Int(truncatingIfNeeded: hash) & mask
      while wider[index] != 0 { index = (index + 1) & mask }
      wider[index] = hash & ~Self.offsetMask | UInt64(record.offset + 1)
    }
    slots = wider
  }
}

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

  private static let tagMask: UInt64 = 0xFFFF_FFFF_0000_0000
  /// Ids are 32 bits wide and 0 means "free" in `slots`.
  static let mostNames = Int(UInt32.max) - 1

  /// Number of names.
  var count: Int { starts.count - 1 }

  /// The number of `name`; `isNew` says whether it was given just now.
  mutating func intern(_ name: Span<UInt8>) -> (id: UInt32, isNew: Bool) {
    let hash = Self.hash(name)
    let tag = hash & Self.tagMask
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let entry = slots[slot]
      if entry & Self.tagMask == tag {
        let id = UInt32(truncatingIfNeeded: entry) - 1
        if isName(Int(id), equalTo: name) { return (id, false) }
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
    return (id, true)
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
      let hash = Self.hash(arena.span.extracting(starts[id]..<starts[id + 1]))
      var slot = Int(truncatingIfNeeded: hash) & mask
      while wider[slot] != 0 { slot = (slot + 1) & mask }
      wider[slot] = hash & Self.tagMask | UInt64(id + 1)
    }
    slots = wider
  }

  /// Swift's own keyed hash: rosters are foreign, and names chosen to collide would make every
  /// look-up slow. Ids do not depend on it.
  private static func hash(_ name: Span<UInt8>) -> UInt64 {
    var hasher = Hasher()
    unsafe name.bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}

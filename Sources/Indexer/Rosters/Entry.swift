/// What one entry of a roster says: who, whom, which ways. Without ways and with the owner as contact it says only that the
/// owner is a user.
///
/// One word, so that a billion of them can be kept: 30 bits for each of the two, 2 for the ways.
struct Entry {
  let word: UInt64

  @inline(__always)
  init(word: UInt64) { self.word = word }

  @inline(__always)
  init(owner: UInt32, contact: UInt32, ways: Directions) {
    assert(owner < NameTable.mostNames && contact < NameTable.mostNames)
    word = UInt64(owner) << 32 | UInt64(contact) << 2 | UInt64(ways.rawValue)
  }

  @inline(__always)
  var owner: UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
  @inline(__always)
  var contact: UInt32 { UInt32(truncatingIfNeeded: word) >> 2 }
  @inline(__always)
  var ways: Directions { Directions(rawValue: UInt8(truncatingIfNeeded: word & 3)) }
}

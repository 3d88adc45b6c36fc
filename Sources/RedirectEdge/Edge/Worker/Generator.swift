import Shared

/// A worker's random numbers: SipHash of a counter under a key from the system. Cheap, and nobody who has seen some can
/// tell the next: a stream's id must not be predictable (RFC 6120 section 4.7.3).
struct Generator: RandomNumberGenerator {
  private let key: (UInt64, UInt64)
  private var counter: UInt64 = 0

  init(key: (UInt64, UInt64)) {
    self.key = key
  }

  mutating func next() -> UInt64 {
    counter &+= 1
    return SipHash.hash24(counter, key: key)
  }
}

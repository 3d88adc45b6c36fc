import Shared

/// Users whom no peer knows, for a while: so many and no more, by a keyed hash, so that nobody can aim at a place.
///
/// A fixed table of sets; a full set lets go of what would expire first. A wrong "unknown" needs two names with the same
/// 64 bits under a key that nobody knows.
struct NegativeCache: Sendable {
  private struct Entry {
    var hash: UInt64 = 0
    var expires = Int64.min
  }

  /// Entries a hash leads to.
  private static let ways = 8
  private let key: SipHash.Key
  private let lifetime: Int64
  private var entries: [Entry]
  /// False right after `removeAll`: emptying an empty table costs nothing.
  private var hasEntries = false

  /// - Parameters:
  ///   - capacity: rounded up to a power of two; 0: nothing is remembered.
  ///   - lifetime: in ms.
  init(capacity: Int, lifetime: Int64, key: SipHash.Key) {
    var size = capacity > 0 ? Self.ways : 0
    while size < capacity { size *= 2 }
    entries = Array(repeating: Entry(), count: size)
    self.lifetime = lifetime
    self.key = key
  }

  func contains(_ user: [UInt8], now: Int64) -> Bool {
    guard hasEntries else { return false }
    let hash = SipHash.hash24(user.span, key: key)
    return set(of: hash).contains { entries[$0].hash == hash && now < entries[$0].expires }
  }

  mutating func insert(_ user: [UInt8], now: Int64) {
    guard !entries.isEmpty, lifetime > 0 else { return }
    let hash = SipHash.hash24(user.span, key: key)
    var victim = set(of: hash).lowerBound
    for place in set(of: hash) {
      if entries[place].hash == hash {
        victim = place
        break
      }
      if entries[place].expires < entries[victim].expires { victim = place }
    }
    entries[victim] = Entry(hash: hash, expires: now + lifetime)
    hasEntries = true
  }

  mutating func removeAll() {
    guard hasEntries else { return }
    for place in entries.indices { entries[place] = Entry() }
    hasEntries = false
  }

  private func set(of hash: UInt64) -> Range<Int> {
    let first = Int(truncatingIfNeeded: hash) & (entries.count - 1) & ~(Self.ways - 1)
    return first..<(first + Self.ways)
  }
}

import Routing
import Shared
import Synchronization

/// What the edge remembers of single clients, shared by all workers without a lock: who was sent where a moment ago (the
/// original's "client retry monitoring", and the evidence of mode `auto`), and who does not follow.
///
/// A table of single words (`ClientRecord`), one a client, in sets of one cache line. In a full set somebody is forgotten,
/// which costs a piece of evidence and nothing else. Names are not kept, only a hash under a key of this process.
@safe final class ClientMemory: @unchecked Sendable {
  /// Words of a set: 64 bytes.
  private static let ways = 8

  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let count: Int
  private let key: SipHash.Key

  /// - Parameters:
  ///   - key: random, so that nobody can aim at a set.
  ///   - capacity: clients remembered; rounded up to a power of two.
  init(key: (UInt64, UInt64), capacity: Int) {
    self.key = key
    var count = Self.ways
    while count < capacity { count *= 2 }
    self.count = count
    unsafe words = .allocate(capacity: count)
    for i in 0..<count { unsafe (words + i).initialize(to: Atomic(0)) }
  }

  deinit {
    unsafe words.deinitialize(count: count)
    unsafe words.deallocate()
  }

  /// The hash under which a client is remembered. Who it is: user, address (not the port), and what tells apart two devices
  /// of one user behind one address.
  func client(_ user: Span<UInt8>, at address: ClientAddress, looks: UInt64) -> UInt64 {
    var hash = SipHash.hash24(user, key: key)
    hash = SipHash.hash24(hash ^ address.high, key: key)
    hash = SipHash.hash24(hash ^ address.low, key: key)
    return SipHash.hash24(hash ^ looks, key: key)
  }

  /// What is remembered of a client; empty: nothing.
  func record(of client: UInt64) -> ClientRecord {
    let first = set(of: client)
    for place in first..<(first + Self.ways) {
      let record = load(place)
      if record.isOf(client) { return record }
    }
    return ClientRecord(rawValue: 0)
  }

  /// Remembers `record` in place of what was known of its client before. `forget`: what is older (ms) is of no use.
  func note(_ record: ClientRecord, of client: UInt64, now: Int64, forget: Int64) {
    let first = set(of: client)
    var victim = first
    var least = Int64.max
    for place in first..<(first + Self.ways) {
      let other = load(place)
      if other.isOf(client) {
        victim = place
        break
      }
      let worth = worth(of: other, now, forget)
      if worth < least { (victim, least) = (place, worth) }
    }
    unsafe words[victim].store(record.rawValue, ordering: .relaxed)
  }

  /// Who does not follow is remembered before anybody who may; of the same kind, who came last.
  private func worth(of record: ClientRecord, _ now: Int64, _ forget: Int64) -> Int64 {
    if record.isEmpty { return .min }
    let age = record.age(at: now)
    return record.doesNotFollow && age < forget ? .max - 1 - age : -age
  }

  private func set(of client: UInt64) -> Int {
    Int(truncatingIfNeeded: client) & (count - 1) & ~(Self.ways - 1)
  }

  private func load(_ place: Int) -> ClientRecord {
    unsafe ClientRecord(rawValue: words[place].load(ordering: .relaxed))
  }
}

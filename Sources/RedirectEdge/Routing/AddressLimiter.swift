/// A client's address as limits count it: the whole IPv4 address, or the /64 of an IPv6 one.
public struct AddressKey: Hashable, Sendable {
  let bits: UInt64
  let isIPv6: Bool

  /// Takes an IPv6 address, or an IPv4 one in its mapped form (`::ffff:a.b.c.d`), as 16 bytes.
  public init(_ address: ClientAddress) {
    isIPv6 = !address.isIPv4
    bits = isIPv6 ? address.high : address.low & 0xffff_ffff
  }
}

/// The address of a client: 128 bits in network order, IPv4 in its mapped form, and the port.
public struct ClientAddress: Hashable, Sendable {
  /// The first eight bytes.
  public let high: UInt64
  /// The last eight bytes.
  public let low: UInt64
  /// The client's port.
  public let port: UInt16

  /// The address of 16 bytes, given as two halves in network order.
  public init(high: UInt64, low: UInt64, port: UInt16) {
    self.high = high
    self.low = low
    self.port = port
  }

  /// The mapped form of an IPv4 address.
  public init(ipv4: UInt32, port: UInt16) {
    self.init(high: 0, low: 0xffff_0000_0000 | UInt64(ipv4), port: port)
  }

  /// True for `::ffff:0:0/96`.
  public var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }
}

/// Limits on what one client address may do before the answer: connections at once, and new ones a second.
///
/// A fixed table per worker (an edge with w workers lets an address have up to w times the limit when the
/// kernel spreads its connections): no allocation and no lock. When a set of the table is full of other live
/// addresses, the one idle longest gives way, so a flood of addresses costs memory nothing and precision a
/// little, always in favour of the client.
public struct AddressLimiter: Sendable {
  /// What one address may do. Zero: unlimited.
  public struct Limits: Equatable, Sendable {
    /// Connections at once, before the answer.
    public var concurrent: Int
    /// New connections a second, in the long run.
    public var rate: Int
    /// New connections at once after a quiet time.
    public var burst: Int

    /// The three limits; 0 switches one off.
    public init(concurrent: Int, rate: Int, burst: Int) {
      self.concurrent = concurrent
      self.rate = rate
      self.burst = burst
    }
  }

  private struct Entry {
    var key: AddressKey?
    var concurrent: Int = 0
    /// Connections left in the bucket, in milliseconds of refill (1000 / rate each).
    var credit: Int64 = 0
    var refilled: Int64 = 0
  }

  /// Entries a hash leads to: 8 of 64 bytes are a few cache lines.
  private static let ways = 8
  private var entries: [Entry]
  /// May change while it runs; what addresses have used stays counted.
  public var limits: Limits
  private let seed: UInt64

  /// - Parameters:
  ///   - capacity: addresses remembered; rounded up to a power of two.
  ///   - seed: random, so that nobody can aim at one set of the table.
  public init(limits: Limits, capacity: Int, seed: UInt64) {
    var size = Self.ways
    while size < capacity { size *= 2 }
    entries = Array(repeating: Entry(), count: size)
    self.limits = limits
    self.seed = seed
  }

  /// Takes a connection of `key` in, or says no. `now` in milliseconds of a clock that never goes back.
  public mutating func admit(_ key: AddressKey, now: Int64) -> Bool {
    let place = find(key, now: now)
    if limits.concurrent > 0, entries[place].concurrent >= limits.concurrent { return false }
    if limits.rate > 0 {
      refill(place, now: now)
      let price = Int64(1000)
      if entries[place].credit < price { return false }
      entries[place].credit -= price
    }
    entries[place].concurrent += 1
    return true
  }

  /// A connection of `key` that was admitted has its answer or is gone.
  public mutating func release(_ key: AddressKey) {
    let first = set(of: key)
    for place in first..<(first + Self.ways) where entries[place].key == key {
      if entries[place].concurrent > 0 { entries[place].concurrent -= 1 }
      return
    }
  }

  private mutating func refill(_ place: Int, now: Int64) {
    let full = Int64(max(limits.burst, 1)) * 1000
    let gained = max(0, now - entries[place].refilled).multipliedReportingOverflow(
      by: Int64(limits.rate))
    entries[place].credit =
      gained.overflow ? full : min(full, entries[place].credit + min(full, gained.partialValue))
    entries[place].refilled = now
  }

  private func set(of key: AddressKey) -> Int {
    var h = (key.bits ^ seed) &* 0x9e37_79b9_7f4a_7c15
    h ^= h >> 32
    h = h &* 0xd6e8_feb8_6659_fd93
    h ^= h >> 32
    return Int(truncatingIfNeeded: h) & (entries.count - 1) & ~(Self.ways - 1)
  }

  private mutating func find(_ key: AddressKey, now: Int64) -> Int {
    let first = set(of: key)
    var victim = first
    for place in first..<(first + Self.ways) {
      if entries[place].key == key { return place }
      if entries[place].key == nil {
        victim = place
        break
      }
      let idler = entries[place].concurrent < entries[victim].concurrent
      let older =
        entries[place].concurrent == entries[victim].concurrent
        && entries[place].refilled < entries[victim].refilled
      if idler || older { victim = place }
    }
    entries[victim] = Entry(
      key: key, concurrent: 0, credit: Int64(max(limits.burst, 1)) * 1000, refilled: now)
    return victim
  }
}

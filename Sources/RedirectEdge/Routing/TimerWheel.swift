/// Deadlines of the connections of one worker: a wheel of buckets, each a linked list through the slots.
///
/// Setting, changing and cancelling are constant-time and allocate nothing but the links of new slots. A deadline
/// fires in the tick after it, never before; one beyond the wheel's horizon is looked at once a turn.
public struct TimerWheel: Sendable {
  /// One bucket's width, in milliseconds: short, because a plain connection's goodbye waits for a tick.
  public static let tick: Int64 = 16
  /// Buckets; with the tick a horizon of 16 s, above the default bound of a whole conversation.
  static let buckets = 1024
  private static let none = UInt32.max

  private struct Link {
    var previous = TimerWheel.none
    var next = TimerWheel.none
    var bucket = TimerWheel.none
    var deadline: Int64 = 0
  }

  private var links: [Link] = []
  private var heads = [UInt32](repeating: TimerWheel.none, count: TimerWheel.buckets)
  /// The first tick that has not been expired.
  private var current: Int64
  private var armed = 0

  /// A wheel that begins at `now`, milliseconds of a clock that never goes back.
  public init(now: Int64) {
    current = now / Self.tick
  }

  /// Sets or changes the deadline of `slot`. One that is the same as before keeps its place among the others of its tick.
  public mutating func set(_ slot: Int, deadline: Int64) {
    while links.count <= slot { links.append(Link()) }
    if links[slot].bucket != Self.none {
      if links[slot].deadline == deadline { return }
      unlink(slot)
    }
    let tick = max(deadline / Self.tick + 1, current)
    let bucket = Int(min(tick, current + Int64(Self.buckets) - 1) % Int64(Self.buckets))
    let head = heads[bucket]
    links[slot] = Link(
      previous: Self.none, next: head, bucket: UInt32(bucket), deadline: deadline)
    if head != Self.none { links[Int(head)].previous = UInt32(slot) }
    heads[bucket] = UInt32(slot)
    armed += 1
  }

  /// Forgets the deadline of `slot`, if it has one.
  public mutating func cancel(_ slot: Int) {
    guard slot < links.count, links[slot].bucket != Self.none else { return }
    unlink(slot)
  }

  /// Takes one slot whose deadline has passed; nil when there is none left.
  public mutating func nextExpired(now: Int64) -> Int? {
    let last = now / Self.tick
    if armed == 0 {
      current = max(current, last)
      return nil
    }
    while current <= last {
      let bucket = Int(current % Int64(Self.buckets))
      let head = heads[bucket]
      guard head != Self.none else {
        current += 1
        continue
      }
      let slot = Int(head)
      let deadline = links[slot].deadline
      unlink(slot)
      if deadline / Self.tick + 1 > current {
        // It lay beyond the horizon: round again. Behind `current` now, so that this loop ends.
        set(slot, deadline: deadline)
        continue
      }
      return slot
    }
    return nil
  }

  /// How long a worker may sleep, in milliseconds; -1: until something happens.
  public func sleep(now: Int64) -> Int64 {
    guard armed > 0 else { return -1 }
    for ahead in 0..<Int64(Self.buckets) {
      let bucket = Int((current + ahead) % Int64(Self.buckets))
      if heads[bucket] != Self.none { return max(0, (current + ahead) * Self.tick - now) }
    }
    return Self.tick
  }

  private mutating func unlink(_ slot: Int) {
    let link = links[slot]
    if link.previous == Self.none {
      heads[Int(link.bucket)] = link.next
    } else {
      links[Int(link.previous)].next = link.next
    }
    if link.next != Self.none { links[Int(link.next)].previous = link.previous }
    links[slot].bucket = Self.none
    armed -= 1
  }
}

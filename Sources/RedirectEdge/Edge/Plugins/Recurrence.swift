import Synchronization

/// How often something happened, told now and then: what happens at every look-up must not fill the log. For all workers at
/// once.
final class Recurrence: Sendable {
  /// At least this long between two tellings, in ms.
  static let interval: Int64 = 10_000

  private let untold = Atomic<Int>(0)
  private let quietUntil = Atomic<Int64>(0)

  /// Counts one more; the number since the last time, when it is time to tell.
  func count(at now: Int64) -> Int? {
    untold.wrappingAdd(1, ordering: .relaxed)
    let until = quietUntil.load(ordering: .relaxed)
    guard now >= until else { return nil }
    let (isOurs, _) = quietUntil.compareExchange(
      expected: until, desired: now + Self.interval, ordering: .relaxed)
    return isOurs ? untold.exchange(0, ordering: .relaxed) : nil
  }
}

/// So many in a time and no more: a bucket that fills at a steady rate, and from which each one takes a token.
struct TokenBucket: Sendable {
  /// What a token costs, in the unit in which the bucket fills: `rate` a millisecond.
  private let price: Int64
  private let rate: Int64
  private let size: Int64
  private var filled: Int64
  private var time: Int64

  /// A full bucket: `rate` tokens in every `period` ms, at most `burst` at once.
  init(_ rate: Int, in period: Int64, burst: Int, now: Int64) {
    self.rate = Int64(rate)
    price = period
    size = Int64(burst) * period
    filled = size
    time = now
  }

  /// Takes a token, if there is one.
  mutating func take(now: Int64) -> Bool {
    // Bounded, so that the product is; a bucket that holds more than an hour's tokens fills a little slower.
    let passed = min(max(0, now - time), 3_600_000)
    filled = min(size, filled + passed * rate)
    time = max(time, now)
    guard filled >= price else { return false }
    filled -= price
    return true
  }
}

/// How long a work will still take, by how long it has taken.
struct WorkClock {
  private let begun = ContinuousClock.now

  /// When a share of it is done, above 0 and at most 1: "12 s". Rounded up: seconds, from two minutes on minutes, from two hours on
  /// hours.
  func left(done: Double) -> String {
    let left = begun.duration(to: .now) * ((1 - done) / done)
    let seconds = left.components.seconds + 1
    if seconds < 120 { return "\(seconds) s" }
    if seconds < 7200 { return "\((seconds + 59) / 60) min" }
    return "\((seconds + 3599) / 3600) h"
  }
}

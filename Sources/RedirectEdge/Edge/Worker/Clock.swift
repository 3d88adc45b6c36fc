import Glibc

/// Milliseconds of the monotonic clock: what timers and limits of a worker count in. No system call (vDSO).
enum Clock {
  static func milliseconds() -> Int64 {
    let time = read()
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  static func nanoseconds() -> Int64 {
    let time = read()
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static func read() -> timespec {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time
  }
}

extension Duration {
  /// Whole milliseconds.
  var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}

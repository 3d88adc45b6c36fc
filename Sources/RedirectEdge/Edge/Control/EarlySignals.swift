import Glibc
import Synchronization

/// Signals that come while the edge starts, before its services hear them: none is lost.
enum EarlySignals {
  /// Remembers SIGHUP from here on, until `ReloadService` hears it.
  static func watchHangup() {
    signal(SIGHUP) { _ in earlyHangup.store(true, ordering: .relaxed) }
  }

  /// Remembers SIGTERM and SIGINT from here on, until the service group hears them. Before clients can come they end the
  /// process at once, as they should.
  static func watchEnd() {
    for number in [SIGTERM, SIGINT] {
      signal(number) { _ in earlyEnd.store(true, ordering: .relaxed) }
    }
  }

  /// Whether SIGHUP came.
  static var hangupCame: Bool { earlyHangup.load(ordering: .relaxed) }

  /// Says once more that the process shall end, if somebody said so: now it is heard.
  static func repeatEnd() {
    if earlyEnd.load(ordering: .relaxed) { kill(getpid(), SIGTERM) }
  }
}

// Outside of the type, because a signal handler captures nothing.
private let earlyHangup = Atomic<Bool>(false)
private let earlyEnd = Atomic<Bool>(false)

import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGHUP, so that a verb can put things away before it ends by them.
enum Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]
  /// The signal that came, 0 if none did.
  private static let caught = Atomic<Int32>(0)

  /// From now on these signals only set `isRequested`. Without SA_RESTART, so that a read ends with
  /// EINTR.
  static func watch() {
    // Made before a handler needs it: making it is nothing for a handler.
    caught.store(0, ordering: .relaxed)
    for signal in signals {
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { number in
        Interruption.caught.store(number, ordering: .relaxed)
      }
      unsafe sigaction(signal, &action, nil)
    }
  }

  static var isRequested: Bool { caught.load(ordering: .relaxed) != 0 }

  /// Ends the process as the signal would have.
  static func end() -> Never {
    let number = caught.load(ordering: .relaxed)
    signal(number, SIG_DFL)
    raise(number)
    exit(128 + number)
  }
}

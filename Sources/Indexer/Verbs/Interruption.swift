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
    // A pipe or a limit that ends writing is an error of the write, so that things are put away.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    for signal in signals {
      var former = sigaction()
      // Whoever started us may want us to go on (nohup).
      guard unsafe sigaction(signal, nil, &former) == 0,
        !isIgnored(former)
      else { continue }
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { number in
        Interruption.caught.store(number, ordering: .relaxed)
      }
      unsafe sigaction(signal, &action, nil)
    }
  }

  /// What was to be written is in place: from here on signals end the process as they always do.
  static func unwatch() {
    for signal in signals where isRequested == false {
      var current = sigaction()
      guard unsafe sigaction(signal, nil, &current) == 0, !isIgnored(current) else {
        continue
      }
      _ = Glibc.signal(signal, SIG_DFL)
    }
    _ = Glibc.signal(SIGPIPE, SIG_DFL)
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
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

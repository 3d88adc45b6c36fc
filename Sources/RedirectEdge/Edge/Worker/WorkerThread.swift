import CLinux
import Glibc

/// A thread that runs a worker to its end.
enum WorkerThread {
  private final class Body {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }

  /// Starts a thread, named for `top` and debuggers (at most 15 bytes).
  static func start(name: String, _ run: @escaping @Sendable () -> Void) throws(SystemError) {
    // Swift's own libraries look functions up at the first call (see `boundAtStart` in Package.swift), and the one call of theirs
    // that comes upon a client's bytes is this.
    errno = 0
    var thread = pthread_t()
    let body = unsafe Unmanaged.passRetained(Body(run))
    let code = unsafe pthread_create(
      &thread, nil,
      { argument in
        let body = unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
        body.run()
        return nil
      }, body.toOpaque())
    guard code == 0 else {
      unsafe body.release()
      throw SystemError("pthread_create", name, code: code)
    }
    unsafe pthread_setname_np(thread, name)
    pthread_detach(thread)
  }
}

import Glibc
import Partitioning

/// Threads of this process that do pieces of a work side by side, the calling thread among them.
///
/// They wait between two works, and end with the process.
@safe final class ThreadTeam: Sendable {
  private struct State {
    /// What is being done; nil between two works.
    var body: (@Sendable (Int) -> Void)?
    var pieces = 0
    /// The next piece that nobody has taken.
    var next = 0
    /// Pieces that are not done.
    var left = 0
  }

  // A lock with a condition: the standard library's mutex has none. Both stay where they are as long as the team lives.
  private nonisolated(unsafe) let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private nonisolated(unsafe) let hasWork = UnsafeMutablePointer<pthread_cond_t>.allocate(
    capacity: 1)
  private nonisolated(unsafe) let isDone = UnsafeMutablePointer<pthread_cond_t>.allocate(
    capacity: 1)
  private nonisolated(unsafe) let state = UnsafeMutablePointer<State>.allocate(capacity: 1)

  /// A team of `size` threads. Where the system gives fewer, there are fewer.
  static func team(of size: Int) -> Team {
    guard size > 1 else { return .alone }
    let threads = ThreadTeam(size: size)
    return Team { pieces, body in threads.perform(pieces, body) }
  }

  private init(size: Int) {
    unsafe pthread_mutex_init(lock, nil)
    unsafe pthread_cond_init(hasWork, nil)
    unsafe pthread_cond_init(isDone, nil)
    unsafe state.initialize(to: State())
    for _ in 1..<size {
      let context = unsafe Unmanaged.passRetained(self).toOpaque()
      var thread = pthread_t()
      let trouble = unsafe pthread_create(
        &thread, nil,
        { context in
          guard let context = unsafe context else { return nil }
          unsafe Unmanaged<ThreadTeam>.fromOpaque(context).takeRetainedValue().serve()
          return nil
        }, context)
      if trouble != 0 {
        unsafe Unmanaged<ThreadTeam>.fromOpaque(context).release()
        break
      }
      pthread_detach(thread)
    }
  }

  /// Does `body` for all pieces. Returns when they are done.
  private func perform(_ pieces: Int, _ body: @Sendable (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      unsafe pthread_mutex_lock(lock)
      unsafe state.pointee = State(body: body, pieces: pieces, next: 0, left: pieces)
      unsafe pthread_cond_broadcast(hasWork)
      work()
      while unsafe state.pointee.left > 0 { unsafe pthread_cond_wait(isDone, lock) }
      unsafe state.pointee.body = nil
      unsafe pthread_mutex_unlock(lock)
    }
  }

  private func serve() {
    unsafe pthread_mutex_lock(lock)
    while true {
      work()
      unsafe pthread_cond_wait(hasWork, lock)
    }
  }

  /// Does pieces as long as there are any; called with the lock, which is free while a piece is done.
  private func work() {
    while unsafe state.pointee.next < state.pointee.pieces {
      doNext()
      unsafe state.pointee.left -= 1
      if unsafe state.pointee.left == 0 { unsafe pthread_cond_signal(isDone) }
    }
  }

  /// Does the next piece. Not inlined: when it returns nobody holds the body any more, which must not outlive its work.
  @inline(never)
  private func doNext() {
    let piece = unsafe state.pointee.next
    unsafe state.pointee.next += 1
    let body = unsafe state.pointee.body
    unsafe pthread_mutex_unlock(lock)
    body?(piece)
    unsafe pthread_mutex_lock(lock)
  }
}

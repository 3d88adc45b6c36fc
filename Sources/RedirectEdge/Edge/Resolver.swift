import Glibc
import Shared
import Synchronization

/// Resolves names again and again on a thread of its own, because the system's resolver blocks, sometimes for long.
final class Resolver: Sendable {
  /// What a look at a name has found.
  typealias Answer = Result<[SocketAddress], ResolveError>

  private enum Message {
    /// From now on these names, each looked at this often (ms).
    case watch([HostPort], every: Int64)
    case end
  }

  private let mailbox: Mailbox<Message>
  private let deliver: @Sendable (HostPort, Answer) -> Void

  /// Starts the thread. `deliver` is called on it after every look.
  init(
    name: String, deliver: @escaping @Sendable (HostPort, Answer) -> Void
  ) throws(SystemError) {
    mailbox = try Mailbox()
    self.deliver = deliver
    try WorkerThread.start(name: name) { [mailbox, deliver] in
      Self.run(mailbox, deliver)
    }
  }

  deinit {
    mailbox.post(.end)
  }

  /// Looks at these names from now on, and at no others.
  func watch(_ names: [HostPort], every interval: Int64) {
    mailbox.post(.watch(names, every: max(interval, 1)))
  }

  private static func run(
    _ mailbox: Mailbox<Message>, _ deliver: @Sendable (HostPort, Answer) -> Void
  ) {
    var names: [HostPort] = []
    var interval: Int64 = .max
    var due = Int64.max
    while true {
      var waiting = pollfd(fd: mailbox.wakeUp, events: Int16(POLLIN), revents: 0)
      let rest = names.isEmpty ? -1 : max(0, due - Clock.milliseconds())
      _ = unsafe poll(&waiting, 1, Int32(clamping: rest))
      for message in mailbox.take() {
        switch message {
        case .end: return
        case .watch(let new, let every):
          interval = every
          if new != names {
            names = new
            due = Clock.milliseconds()
          }
        }
      }
      guard !names.isEmpty, Clock.milliseconds() >= due else { continue }
      for name in names {
        do throws(ResolveError) {
          deliver(name, .success(try SocketAddress.resolve(name)))
        } catch {
          deliver(name, .failure(error))
        }
      }
      due = Clock.milliseconds() + interval
    }
  }
}

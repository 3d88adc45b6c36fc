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

  /// One name at a time, the longest due first, and the mail in between: a name whose servers do not answer delays the others,
  /// but never for more than its own look.
  private static func run(
    _ mailbox: Mailbox<Message>, _ deliver: @Sendable (HostPort, Answer) -> Void
  ) {
    var names: [(name: HostPort, due: Int64)] = []
    var interval: Int64 = .max
    while true {
      var waiting = pollfd(fd: mailbox.wakeUp, events: Int16(POLLIN), revents: 0)
      let next = names.indices.min { names[$0].due < names[$1].due }
      let rest = next.map { max(0, names[$0].due - Clock.milliseconds()) } ?? -1
      _ = unsafe poll(&waiting, 1, Int32(clamping: rest))
      let messages = mailbox.take()
      for message in messages {
        switch message {
        case .end: return
        case .watch(let new, let every):
          interval = every
          let soon = Clock.milliseconds() + interval
          // One that is new is looked at at once, before those that were looked at already.
          names = new.map { name in
            (name, min(names.first { $0.name == name }?.due ?? 0, soon))
          }
        }
      }
      guard messages.isEmpty, let next, Clock.milliseconds() >= names[next].due else { continue }
      let name = names[next].name
      do throws(ResolveError) {
        deliver(name, .success(try SocketAddress.resolve(name)))
      } catch {
        deliver(name, .failure(error))
      }
      names[next].due = Clock.milliseconds() + interval
    }
  }
}

import MapFile
import PeerProtocol
import Shared
import Synchronization

/// The edge's peers, for workers and the control plane: one thread that asks and answers, however many workers there are.
final class Peers: Sendable {
  /// A worker wants to know where a user is.
  struct Question: Sendable {
    let user: [UInt8]
    /// The worker's, handed back with the answer.
    let ticket: UInt64
    /// When the user's time began to run, in `Clock` milliseconds.
    let asked: Int64
    let replyTo: Mailbox<WorkerMessage>
  }

  enum Message {
    case serve(PeerSnapshot)
    case ask(Question)
    case tell(PeerNotice)
    case resolved(HostPort, Resolver.Answer)
    case leave
    case end
  }

  private let mailbox: Mailbox<Message>
  private let gate = PeerGate()
  /// What peers have told of clients.
  let told: ToldMemory

  /// Starts the thread; it does nothing before the first `serve`. `memory`: of how many clients it is remembered what peers
  /// tell.
  init(memory: Int, log: EdgeLog) throws(SystemError) {
    let mailbox = try Mailbox<Message>()
    self.mailbox = mailbox
    let told = ToldMemory(capacity: memory)
    self.told = told
    let resolver = try Resolver(name: "peer-resolver") { name, answer in
      mailbox.post(.resolved(name, answer))
    }
    let thread = UncheckedBox(try PeerThread(mailbox, gate, resolver, told, log: log))
    try WorkerThread.start(name: "peers") { thread.value.run() }
  }

  deinit {
    mailbox.post(.end)
  }

  // MARK: For workers

  /// False while no peer with another map than ours can be asked: then `ask` says no.
  var canAsk: Bool { gate.isOpen }

  /// Asks about a canonical bare JID.
  ///
  /// - Returns: true: exactly one `.peerAnswer` with this ticket will be posted to `replyTo`, `redirect.peers.budget`
  ///   after `asked` at the latest. False: nobody can be asked now, and nothing will be posted.
  func ask(
    user: [UInt8], ticket: UInt64, asked: Int64, replyTo: Mailbox<WorkerMessage>
  ) -> Bool {
    guard gate.enter() else { return false }
    mailbox.post(
      .ask(Question(user: user, ticket: ticket, asked: asked, replyTo: replyTo)))
    return true
  }

  /// Tells the peers of a client. Those that cannot be reached now are not told later.
  ///
  /// - Returns: false where nobody wants to hear of it, or too much waits to be told.
  @discardableResult
  func tell(_ notice: PeerNotice) -> Bool {
    guard gate.enterNotice() else { return false }
    mailbox.post(.tell(notice))
    return true
  }

  // MARK: For the control plane

  /// Asks and answers by this from now on. The snapshot is the thread's from here on.
  func serve(_ snapshot: UncheckedBox<PeerSnapshot>) {
    mailbox.post(.serve(snapshot.value))
  }

  /// The edge leaves: nobody is answered any more. Its own last clients are still asked for.
  func leave() {
    mailbox.post(.leave)
  }

  /// What asking has come to so far.
  var counts: PeerCounts { gate.counts }
}

/// What workers can see of the peers' thread without waiting for it.
final class PeerGate: Sendable {
  /// The most questions that wait for the thread or for peers. Far above `redirect.peers.inflight`, because most of a
  /// flood are answered from memory at once; a bound on what a flood can make of a mailbox.
  private static let mostWaiting = 100_000
  /// The most notices of clients that wait for the thread: what peers may be told in a second, three times.
  private static let mostNotices = 3 * PeerLimits.notices

  private let open = Atomic<Bool>(false)
  private let waiting = Atomic<Int>(0)
  private let tells = Atomic<Bool>(false)
  private let notices = Atomic<Int>(0)
  private let published = Mutex(PeerCounts())

  var isOpen: Bool { open.load(ordering: .relaxed) }

  /// One question more, if there is anybody to ask and room for it.
  func enter() -> Bool {
    guard isOpen else { return false }
    guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostWaiting else {
      leave()
      return false
    }
    return true
  }

  /// One question less.
  func leave() {
    waiting.wrappingSubtract(1, ordering: .relaxed)
  }

  /// One notice more, if anybody wants to hear it and there is room for it.
  func enterNotice() -> Bool {
    guard tells.load(ordering: .relaxed) else { return false }
    guard notices.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostNotices else {
      leaveNotices(1)
      return false
    }
    return true
  }

  /// So many notices less.
  func leaveNotices(_ count: Int) {
    notices.wrappingSubtract(count, ordering: .relaxed)
  }

  var counts: PeerCounts { published.withLock { $0 } }

  /// For the thread. `tells`: whether any peer wants to hear of clients.
  func publish(isOpen: Bool, tells: Bool, _ counts: PeerCounts) {
    if open.load(ordering: .relaxed) != isOpen { open.store(isOpen, ordering: .relaxed) }
    if self.tells.load(ordering: .relaxed) != tells { self.tells.store(tells, ordering: .relaxed) }
    published.withLock { $0 = counts }
  }
}

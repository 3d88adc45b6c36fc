import CLinux
import Conversation
import Glibc
import MapFile
import Routing
import Shared
import Synchronization

/// One thread of the data plane: its own listeners, its own poller, its own connections. No lock, no allocation for a
/// plain connection, nothing shared with other workers but what never changes.
///
/// `run` is the whole program of a worker. What happens to a connection is in `WorkerConversing.swift`.
@safe final class Worker {
  /// Bytes taken from a socket at once: a TLS record.
  static let readSize = 16 * 1024
  /// How long a listener that is to close takes in those whom the kernel has greeted, in ms: a long round trip. Less
  /// than the second after which a client that was not let in tries again.
  static let settle: Int64 = 900
  /// How long listeners rest when there is no descriptor left, in ms.
  static let restTime: Int64 = 100
  /// How long the client's own end is awaited after the answer, in ms.
  static let goodbye: Int64 = 2000
  /// Bytes a client may still send after its answer before the connection is cut.
  static let goodbyeBytes = 64 * 1024
  /// Bytes of all kinds (TLS included) before the answer: the conversation's 8 KiB, a handshake with a client's
  /// certificate chain, and room.
  static let receivedBytes = 128 * 1024
  /// Clients taken from a queue in one go, before others get their turn.
  static let acceptBatch = 64
  /// Client addresses that limits remember: 4 MiB a worker.
  static let addresses = 64 * 1024
  /// A poll that returns faster than this did not sleep: clients queue up.
  static let busyPoll: Int64 = 2000

  /// A listening socket, and the snapshot's listener it stands for.
  struct Listening {
    var socket: ListeningSocket
    /// Its number in the snapshot; the snapshot is its own while it retires.
    var number: Int
    var snapshot: WorkerSnapshot?
    /// When a listener that takes no new client may be closed.
    var closes: Int64?
  }

  let mailbox: Mailbox<WorkerMessage>
  let counters = Counters()
  let log: EdgeLog
  let suspicion: Suspicion
  let peers: Peers
  let poller: Poller
  let maximumConnections: Int
  let maximumDescriptors: Int

  var current: WorkerSnapshot
  var listening: [Listening?] = []
  var connections: [Connection] = []
  var free: [Int] = []
  var timers: TimerWheel
  var now: Int64
  /// Descriptors that connections have, or may need.
  var descriptors = 0
  var leaveBy: Int64?
  /// The last relayed client is closed by then.
  var relayLeaveBy: Int64?
  /// Relayed connections that have more to read than fitted into one go.
  var continuing: [(slot: Int, use: UInt32)] = []
  /// Given up for a moment when there is no other descriptor left; -1: even that is lost.
  var spareDescriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
  /// Until then no client is let in, because there is no descriptor.
  var restsUntil: Int64?

  // What a turn needs, made once.
  let wire = TLSWire()
  var workspace = Workspace()
  var rulesScratch = RegexRules.Scratch()
  let input = UnsafeMutableRawBufferPointer.allocate(
    byteCount: 2 * Worker.readSize, alignment: 16)
  let plain = UnsafeMutableRawBufferPointer.allocate(
    byteCount: 4 * Worker.readSize, alignment: 16)
  var random: Generator
  var turn: UInt64
  var limiter: AddressLimiter

  /// Opens nothing but the poller; the first message brings the sockets. `maximumDescriptors` bounds those of connections.
  init(
    snapshot: WorkerSnapshot, mailbox: Mailbox<WorkerMessage>, maximumConnections: Int,
    maximumDescriptors: Int, suspicion: Suspicion, peers: Peers, log: EdgeLog, key: (UInt64, UInt64)
  ) throws(SystemError) {
    self.mailbox = mailbox
    self.maximumConnections = maximumConnections
    self.maximumDescriptors = maximumDescriptors
    self.suspicion = suspicion
    self.peers = peers
    self.log = log
    current = snapshot
    now = Clock.milliseconds()
    timers = TimerWheel(now: now)
    random = Generator(key: key)
    turn = random.next()
    limiter = AddressLimiter(
      limits: snapshot.shared.addressLimits, capacity: Worker.addresses, seed: random.next())
    poller = try Poller()
    try poller.watch(mailbox: mailbox.wakeUp)
  }

  deinit {
    Glibc.close(spareDescriptor)
    unsafe input.deallocate()
    unsafe plain.deallocate()
  }

  /// Serves until told to leave and the last conversation is over.
  func run() {
    while !isDone {
      let before = Clock.nanoseconds()
      let count = poller.wait(timeout: sleep(at: before / 1_000_000))
      let after = Clock.nanoseconds()
      now = after / 1_000_000
      let isBusy = after - before < Self.busyPoll
      for i in 0..<count {
        let event = poller.event(i)
        switch event.source {
        case .mailbox: takeMessages()
        case .listener(let number): accept(number, upTo: isBusy ? Self.acceptBatch : 1)
        case .connection(let slot, let use): wake(slot, use, event)
        case .node(let slot, let use): wakeNode(slot, use, event)
        }
      }
      while let slot = timers.nextExpired(now: now) { expire(connections[slot]) }
      continueRelays()
      closeSettledListeners()
      endRest()
    }
    closeRemaining()
  }

  /// How long the poll may last: to the next deadline of a connection, a closing listener, or the end; -1: for ever.
  private func sleep(at now: Int64) -> Int64 {
    var ends = listening.compactMap { $0?.closes }
    if let leaveBy { ends.append(leaveBy) }
    if let restsUntil { ends.append(restsUntil) }
    if !continuing.isEmpty { return 0 }
    let timer = timers.sleep(now: now)
    guard let end = ends.min() else { return timer }
    let toEnd = max(0, end - now)
    return timer < 0 ? toEnd : min(timer, toEnd)
  }

  // MARK: Connections wake up

  private func wake(_ slot: Int, _ use: UInt32, _ event: Poller.Event) {
    let connection = connections[slot]
    guard connection.use == use, connection.descriptor >= 0 else { return }
    if let relay = connection.relay { return wakeRelayed(connection, relay, event) }
    if event.isWritable, !connection.unsent.isEmpty { sendRest(connection) }
    // Whose answer is on its way is not read from: what it says no longer matters.
    guard connection.pending == nil else { return }
    guard event.isReadable, connection.descriptor >= 0 else { return }
    // Edge-triggered: all that is there must be read now.
    while connection.use == use, connection.descriptor >= 0 {
      guard (connection.isParting ? readGoodbye(connection) : read(connection)) == .more else {
        return
      }
    }
  }

  /// The client is not done: the poller and the clock watch it.
  func keep(_ connection: Connection, _ step: Int64) {
    guard connection.descriptor >= 0, connection.pending == nil, connection.relay == nil else {
      return
    }
    if !connection.isParting {
      timers.set(connection.slot, deadline: min(now + step, connection.end))
    }
    watch(connection)
  }

  /// Makes the poller tell of the connection; it tells at once if something is there already.
  func watch(_ connection: Connection) {
    guard !connection.isPolled else { return }
    connection.isPolled = poller.watch(
      connection: connection.descriptor, slot: connection.slot, use: connection.use)
    if !connection.isPolled { drop(connection) }
  }

  private func expire(_ connection: Connection) {
    guard connection.descriptor >= 0 else { return }
    if connection.pending != nil { return sayPending(connection) }
    if let relay = connection.relay { return expireRelay(connection, relay) }
    guard connection.isParting else { return timeOut(connection) }
    if connection.isPolled { return close(connection) }
    // The first look after the answer: most clients have closed by now, and the poller need not know them.
    while connection.descriptor >= 0 {
      switch readGoodbye(connection) {
      case .more: continue
      case .gone: return
      case .wait:
        timers.set(connection.slot, deadline: now + Self.goodbye)
        return watch(connection)
      }
    }
  }

  /// The end of a connection; its place is free for the next.
  func close(_ connection: Connection) {
    guard connection.descriptor >= 0 else { return }
    timers.cancel(connection.slot)
    if let relay = connection.relay {
      Socket.close(relay.descriptor)
      countEnd(of: relay)
    }
    connection.relay = nil
    connection.leaves = nil
    release(connection)
    connection.forget()
    connection.unsent = []
    Socket.close(connection.descriptor)
    connection.descriptor = -1
    descriptors -= connection.descriptors
    connection.use = Poller.next(use: connection.use)
    if spareDescriptor < 0 { openSpare() }
    free.append(connection.slot)
  }
}

import Glibc
import Logging
import MapFile
import Routing
import Shared
import Synchronization

/// One running edge: its workers, and the snapshot they serve. It prepares everything new away from the workers and hands it
/// to them by message.
actor Edge {
  private let log: EdgeLog
  private var source: SnapshotSource
  private let mailboxes: [Mailbox<WorkerMessage>]
  private(set) var counters: [Counters] = []
  /// For each listener of the running snapshot its address, and a socket for every worker.
  private var sockets: [(address: HostPort, perWorker: [ListeningSocket])] = []
  /// Old snapshots that workers may still use, and whether they had been released at the last look.
  private var retired: [(snapshot: Snapshot, isReleased: Bool)] = []
  private let prober: Prober
  private let peers: Peers
  private let clients: ClientMemory
  /// What is wrong with the files, so that it is not served.
  private(set) var lastRefusals: [String] = []
  /// How often something new was found in the files: all of it was good, or not.
  private(set) var reloads = (taken: 0, refused: 0)
  /// Those that the log has told of.
  private var disagreements: [EdgeLog.Disagreement] = []
  /// Told to leave, and still accepting.
  private var isDraining = false
  private var isLeaving = false
  /// Yields when probes find that a node offers something new.
  nonisolated let learned = AsyncStream.makeStream(
    of: Void.self, bufferingPolicy: .bufferingNewest(1))
  private let ended = AsyncStream.makeStream(of: Void.self)

  init(_ source: consuming SnapshotSource, log: EdgeLog) throws(SystemError) {
    self.log = log
    let configured = source.snapshot.configuration.workers
    let count = configured > 0 ? configured : CoreCount.usable()
    var mailboxes: [Mailbox<WorkerMessage>] = []
    for _ in 0..<count { mailboxes.append(try Mailbox()) }
    self.mailboxes = mailboxes
    let memory = source.snapshot.configuration.auto.memory
    clients = ClientMemory(capacity: memory)
    self.source = source
    prober = try Prober(log: log) { [learned] in learned.continuation.yield() }
    peers = try Peers(memory: memory, log: log)
  }

  // MARK: Serving

  /// Opens the listeners and starts the workers.
  func start() throws {
    let snapshot = source.snapshot
    sockets = try open(snapshot.configuration.listeners.map(\.address))
    let descriptors = DescriptorBudget.forClients(
      snapshot.configuration, workers: mailboxes.count, log: log)
    let configured = snapshot.configuration.limits.connections
    let limit = configured > 0 ? min(configured, descriptors) : descriptors
    let ended = self.ended.continuation
    let handles = try handles(of: snapshot)
    let peerHandle = UncheckedBox(try PeerSnapshot(snapshot))
    for (number, mailbox) in mailboxes.enumerated() {
      let worker = try Worker(
        snapshot: handles[number].value, mailbox: mailbox,
        maximumConnections: max(1, limit / mailboxes.count),
        maximumDescriptors: max(2, descriptors / mailboxes.count),
        suspicion: Suspicion(clients, prober), peers: peers, log: log,
        key: (Seed.random(), Seed.random()))
      counters.append(worker.counters)
      let box = UncheckedBox(worker)
      try WorkerThread.start(name: "worker-\(number)") {
        box.value.run()
        ended.yield()
      }
    }
    post(handles)
    prober.watch(Prober.Plan(snapshot))
    peers.serve(peerHandle)
    log.serving(snapshot)
    log.disclosures(snapshot.configuration.disclosures())
    log.silences(snapshot.configuration.silences())
  }

  /// Reads changed files and serves what is good of them. `always`: also if no file looks changed (SIGHUP).
  func reload(always: Bool) {
    // Whoever leaves takes nothing new: the workers are closing their listeners.
    guard !isLeaving else { return }
    collectRetired()
    guard always || source.hasChanged() else { return }
    let old = source.snapshot
    let before = source
    var refused = source.reload(anew: always)
    defer { if refused.isEmpty { reloads.taken += 1 } else { reloads.refused += 1 } }
    if source.snapshot !== old {
      do {
        try adopt(source.snapshot, after: old)
        log.serving(source.snapshot)
        log.oddities(of: source.snapshot, after: old)
      } catch {
        // An address cannot be had: everything stays as it was.
        refused.append("\(error)")
        source.goBack(to: before)
      }
    } else if always, refused.isEmpty {
      log.write(.info, "read again: nothing has changed")
    }
    report(refused)
  }

  /// The probes have learned what nodes offer: relaying listeners offer it from here on.
  func takeOffers() {
    let old = source.snapshot
    guard !isLeaving, old.configuration.mayRelay else { return }
    // Nodes may begin to differ although what is offered stays: all that the one has may be what both have.
    defer { disagreements = log.disagreements(of: source.snapshot, known: disagreements) }
    guard old.hasOldOffers else { return }
    let before = source
    do {
      try source.renew()
      try adopt(source.snapshot, after: old)
      log.write(.info, "offering what the nodes offer")
    } catch {
      source.goBack(to: before)
      report(["\(error)"])
    }
  }

  private func adopt(_ snapshot: Snapshot, after old: Snapshot) throws {
    let known = sockets
    sockets = try open(snapshot.configuration.listeners.map(\.address))
    do {
      let handles = try handles(of: snapshot)
      let peerHandle = UncheckedBox(try PeerSnapshot(snapshot))
      post(handles)
      peers.serve(peerHandle)
    } catch {
      let kept = Set(known.map(\.address))
      for (address, perWorker) in sockets where !kept.contains(address) {
        for socket in perWorker { Socket.close(socket.descriptor) }
      }
      sockets = known
      throw error
    }
    retired.append((old, false))
    prober.watch(Prober.Plan(snapshot))
  }

  /// One for each worker, all made before any worker moves on: each announces its release once.
  private func handles(of snapshot: Snapshot) throws(MapError) -> [UncheckedBox<WorkerSnapshot>] {
    var handles: [UncheckedBox<WorkerSnapshot>] = []
    for _ in mailboxes { handles.append(UncheckedBox(try WorkerSnapshot(snapshot))) }
    return handles
  }

  private func post(_ handles: [UncheckedBox<WorkerSnapshot>]) {
    for (number, handle) in handles.enumerated() {
      mailboxes[number].post(
        .serve(handle.value, sockets: sockets.map { $0.perWorker[number] }))
    }
  }

  /// A socket per address and worker; those that are open already are kept.
  private func open(_ addresses: [HostPort]) throws(SystemError) -> [(
    address: HostPort, perWorker: [ListeningSocket]
  )] {
    var opened: [ListeningSocket] = []
    var result: [(address: HostPort, perWorker: [ListeningSocket])] = []
    do {
      for address in addresses {
        if let known = sockets.first(where: { $0.address == address }) {
          result.append(known)
          continue
        }
        var perWorker: [ListeningSocket] = []
        for _ in mailboxes {
          let socket = try ListeningSocket(address)
          opened.append(socket)
          perWorker.append(socket)
        }
        result.append((address, perWorker))
      }
    } catch {
      for socket in opened { Socket.close(socket.descriptor) }
      throw error
    }
    return result
  }

  // MARK: Administration

  /// The nodes that are served now, in the order of the pool.
  var nodes: [(configuration: Configuration.Node, state: NodeState)] {
    Array(zip(source.snapshot.configuration.nodes, source.snapshot.nodeStates))
  }

  /// Takes a node out of service until it is told otherwise, or back. Who is there already stays.
  func setDrained(
    _ node: (configuration: Configuration.Node, state: NodeState), _ isDrained: Bool
  ) {
    guard node.state.isDrained != isDrained else { return }
    node.state.isDrained = isDrained
    log.write(
      .info, isDrained ? "node drained by an administrator" : "node activated by an administrator",
      [("node", node.configuration.name)])
  }

  /// What clients that come now see.
  var served: Snapshot { source.snapshot }

  /// The map that is served; nil: the provider chain has none.
  var map: Map? { served.map }

  /// Reads all files again; what is wrong with them.
  func refresh() -> [String] {
    reload(always: true)
    return lastRefusals
  }

  /// What must hold before clients are sent here.
  var readiness: [(name: String, isGood: Bool)] {
    let snapshot = source.snapshot
    let hasNode = snapshot.configuration.nodes.indices.contains { snapshot.share(of: $0) != .none }
    return [("accepting", !isDraining), ("node", hasNode)]
  }

  // MARK: Leaving

  /// Goes on accepting for `drain.delay`, then lets nobody in and waits for the last conversation, at most `drain.timeout`.
  func leave() async {
    let configuration = source.snapshot.configuration
    isDraining = true
    log.write(.info, "draining: still accepting", [("for", "\(configuration.drainDelay)")])
    try? await Task.sleep(for: configuration.drainDelay)
    isLeaving = true
    peers.leave()
    let deadline = Clock.milliseconds() + configuration.drainTimeout.milliseconds
    let relays = Clock.milliseconds() + configuration.drainRelay.milliseconds
    for mailbox in mailboxes { mailbox.post(.leave(deadline: deadline, relays: relays)) }
    var left = mailboxes.count
    for await _ in ended.stream {
      left -= 1
      if left == 0 { break }
    }
    await prober.end()
    log.write(.info, "stopped", totals())
  }

  private func totals() -> [(String, String)] {
    Counters.Outcome.allCases.map { outcome in
      (outcome.name, "\(counters.reduce(0) { $0 + $1.sum(outcome) })")
    }
  }

  // MARK: Housekeeping

  /// Lets go of old snapshots, and so unmaps their maps here and not on a worker. One look later than the last worker's
  /// release, because that release is announced a moment before it is complete.
  private func collectRetired() {
    retired.removeAll { $0.isReleased }
    for i in retired.indices
    where retired[i].snapshot.releases.load(ordering: .acquiring) >= holders {
      retired[i].isReleased = true
    }
  }

  /// Who has a handle of its own on a snapshot: the workers, and the peers' thread.
  private var holders: Int { mailboxes.count + 1 }

  private func report(_ refused: [String]) {
    // Said once, not at every look.
    guard refused != lastRefusals else { return }
    lastRefusals = refused
    for line in refused {
      log.write(.error, "not taken, the last good state stays", [("reason", line)])
    }
  }
}

/// Carries what is handed over once and then used on one thread only.
struct UncheckedBox<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

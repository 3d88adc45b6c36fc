import CLinux
import Conversation
import Glibc
import Routing
import Shared

/// How clients come to a worker, and how its listeners begin and end.
extension Worker {
  // MARK: Clients come

  func accept(_ number: Int, upTo limit: Int) {
    for _ in 0..<limit {
      guard let listening = listening[number] else { return }
      var address = sockaddr_storage()
      guard let descriptor = listening.socket.accept(from: &address) else {
        if errno == EMFILE || errno == ENFILE { turnAwayOne(listening) }
        return
      }
      let snapshot = listening.snapshot ?? current
      let kind = snapshot.listeners[listening.number].kind
      counters.count(.accepted, kind)
      let cost = snapshot.listeners[listening.number].setup.mayRelay ? 2 : 1
      guard connections.count - free.count < maximumConnections,
        descriptors + cost <= maximumDescriptors
      else {
        counters.count(.limited, kind)
        counters.count(.connectionLimit)
        Socket.close(descriptor)
        continue
      }
      begin(descriptor, listening, ClientAddress(address) ?? ClientAddress(ipv4: 0, port: 0))
    }
  }

  func begin(_ descriptor: Int32, _ listening: Listening, _ client: ClientAddress) {
    let connection: Connection
    if let slot = free.popLast() {
      connection = connections[slot]
    } else {
      connection = Connection(slot: connections.count)
      connections.append(connection)
    }
    let snapshot = listening.snapshot ?? current
    let limits = snapshot.shared.times
    connection.descriptors = snapshot.listeners[listening.number].setup.mayRelay ? 2 : 1
    descriptors += connection.descriptors
    connection.begin(
      descriptor: descriptor, client: client, listener: listening.number, snapshot: snapshot,
      now: now)
    let listener = snapshot.listeners[listening.number]
    if listener.isDirect, !listener.requiresProxy, !admit(connection) { return }
    if connection.phase == .proxy, !listener.trusts(client) {
      log.untrustedProxy(client)
      return drop(connection)
    }
    if !connection.isParting, read(connection) != .gone { keep(connection, limits.step) }
  }

  /// No descriptor is left for anybody: the spare one lets a waiting client in and out, so that it hears of it. If another
  /// worker has taken even that, the listeners rest for a moment instead of staying ready for ever.
  private func turnAwayOne(_ listening: Listening) {
    guard spareDescriptor >= 0 else { return rest() }
    Socket.close(spareDescriptor)
    var address = sockaddr_storage()
    if let descriptor = listening.socket.accept(from: &address) {
      let snapshot = listening.snapshot ?? current
      counters.count(.limited, snapshot.listeners[listening.number].kind)
      counters.count(.connectionLimit)
      Socket.close(descriptor)
    }
    openSpare()
    if spareDescriptor < 0 { rest() }
  }

  func openSpare() {
    spareDescriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
  }

  private func rest() {
    guard restsUntil == nil else { return }
    restsUntil = now + Self.restTime
    pauseListeners(true)
  }

  /// After a rest: clients come in again.
  func endRest() {
    guard let until = restsUntil, until <= now else { return }
    restsUntil = nil
    if spareDescriptor < 0 { openSpare() }
    pauseListeners(false)
  }

  private func pauseListeners(_ isPaused: Bool) {
    for (number, listener) in listening.enumerated() {
      guard let listener else { continue }
      poller.pause(listener: listener.socket.descriptor, number: number, isPaused)
    }
  }

  // MARK: What the control plane says

  func takeMessages() {
    for message in mailbox.take() {
      switch message {
      case .serve(let snapshot, let sockets): serve(snapshot, sockets)
      case .peerAnswer(let ticket, let answer): takePeerAnswer(ticket, answer)
      case .leave(let deadline, let relays):
        leaveBy = deadline
        relayLeaveBy = min(relays, deadline - Self.lastMoment)
        for connection in connections { leave(connection) }
        for number in listening.indices { retire(number) }
      }
    }
  }

  /// From here on new clients see `snapshot`. A listener that stays keeps its socket, one that is gone retires, a new
  /// one opens.
  func serve(_ snapshot: WorkerSnapshot, _ sockets: [ListeningSocket]) {
    for number in listening.indices {
      guard let old = listening[number], old.closes == nil else { continue }
      if let place = sockets.firstIndex(where: { $0.descriptor == old.socket.descriptor }) {
        listening[number]?.number = place
      } else {
        retire(number)
      }
    }
    current = snapshot
    for (place, socket) in sockets.enumerated() {
      let isKnown = listening.contains { $0?.socket.descriptor == socket.descriptor }
      if !isKnown { listen(socket, place) }
    }
    limiter.limits = snapshot.shared.addressLimits
  }

  func listen(_ socket: ListeningSocket, _ place: Int) {
    let new = Listening(socket: socket, number: place)
    let number = listening.firstIndex { $0 == nil } ?? listening.count
    if number == listening.count { listening.append(new) } else { listening[number] = new }
    do {
      try poller.watch(listener: socket.descriptor, number: number)
    } catch {
      log.error("\(error)")
    }
  }

  // MARK: Leaving

  /// A listener ends without losing anybody: first no new ones, then those under way, then the close.
  func retire(_ number: Int) {
    guard let old = listening[number], old.closes == nil else { return }
    listening[number]?.socket.refuseNewClients()
    listening[number]?.snapshot = current
    listening[number]?.closes = now + Self.settle
  }

  func closeSettledListeners() {
    for number in listening.indices {
      guard let old = listening[number], let closes = old.closes, closes <= now else { continue }
      accept(number, upTo: Int.max)
      Socket.close(old.socket.descriptor)
      listening[number] = nil
    }
  }

  var isDone: Bool {
    guard let leaveBy else { return false }
    let isIdle = connections.count == free.count && listening.allSatisfy { $0 == nil }
    return isIdle || now >= leaveBy
  }

  /// The bound of leaving has come: whoever is still here hears why.
  func closeRemaining() {
    for number in listening.indices {
      guard let old = listening[number] else { continue }
      accept(number, upTo: Int.max)
      Socket.close(old.socket.descriptor)
      listening[number] = nil
    }
    for connection in connections where connection.descriptor >= 0 {
      if let relay = connection.relay, relay.phase == .pumping {
        partRelay(connection, relay)
      } else if !connection.isParting {
        shutDown(connection)
      }
      close(connection)
    }
  }
}

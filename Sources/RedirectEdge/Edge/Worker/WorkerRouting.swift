import Conversation
import Glibc
import MapFile
import PeerProtocol
import Routing
import Shared

/// From a known user to the answer: the provider chain, peers, the cover.
extension Worker {
  /// How much longer than the budget peers are awaited, in ms: their own clock ends it, this is only for the case that it
  /// does not.
  static let peerGrace: Int64 = 500

  /// The user in the workspace is known: where to?
  func answer(_ connection: Connection, _ snapshot: WorkerSnapshot) {
    let leaves = now + snapshot.shared.times.cover
    counters.count(connection.conversation.isNamedByHeader ? .namedByHeader : .namedByLogin)
    let verdict = verdict(snapshot, workspace.user, from: 0, canAskPeers: peers.canAsk)
    if case .askPeers(let next) = verdict {
      if ask(connection, snapshot, next: next, leaves: leaves) { return }
      let verdict = self.verdict(snapshot, workspace.user, from: next, canAskPeers: false)
      return settle(connection, snapshot, verdict, workspace.user, leaves: leaves)
    }
    settle(connection, snapshot, verdict, workspace.user, leaves: leaves)
  }

  /// The name in the workspace is no user's, and the answer must not show it.
  func answerNobody(_ connection: Connection, _ snapshot: WorkerSnapshot) {
    let shared = snapshot.shared
    let verdict = shared.routing.verdict(
      forNobody: workspace.user.span, scratch: &rulesScratch, shares: shared
    ) { snapshot.reader?.partition(of: $0) }
    settle(connection, snapshot, verdict, workspace.user, leaves: now + shared.times.cover)
  }

  private func verdict(
    _ snapshot: WorkerSnapshot, _ user: [UInt8], from first: Int, canAskPeers: Bool
  ) -> Verdict {
    let shared = snapshot.shared
    return shared.routing.verdict(
      for: user.span, from: first, canAskPeers: canAskPeers, turn: &turn, scratch: &rulesScratch,
      shares: shared, plugin: { ask(plugin: $0, about: $1, shared) },
      map: { snapshot.reader?.partition(of: $0) })
  }

  // MARK: Peers

  /// Asks the peers about the user in the workspace; the connection waits. False: nobody can be asked.
  private func ask(
    _ connection: Connection, _ snapshot: WorkerSnapshot, next: Int, leaves: Int64
  ) -> Bool {
    let user = Array(workspace.user[...])
    let ticket = UInt64(connection.use) << 32 | UInt64(connection.slot)
    guard peers.ask(user: user, ticket: ticket, asked: now, replyTo: mailbox) else { return false }
    counters.count(.asked)
    connection.pending = Pending(
      state: .asking(Pending.Question(user: user, next: next)), leaves: leaves)
    let budget = snapshot.shared.configuration.peers.budget.milliseconds
    // A cover that is long enough is set now, as for users of the map, and not changed any more: the order in which it was
    // set is the order in which the answers of one tick leave, and would tell for whom peers were asked.
    let patience = now + budget + Self.peerGrace
    timers.set(connection.slot, deadline: leaves >= now + budget ? leaves : patience)
    return true
  }

  /// The peers' answer has come; perhaps the client is gone.
  func takePeerAnswer(_ ticket: UInt64, _ answer: PeerAnswer) {
    let slot = Int(ticket & 0xffff_ffff)
    guard slot < connections.count, connections[slot].use == UInt32(ticket >> 32) else { return }
    finishQuestion(connections[slot], answer)
    drainAfterWaiting(connections[slot])
  }

  private func finishQuestion(_ connection: Connection, _ answer: PeerAnswer) {
    guard let pending = connection.pending, case .asking(let question) = pending.state,
      let snapshot = connection.snapshot
    else { return }
    connection.pending = nil
    let verdict = verdict(answer, question, snapshot)
    settle(connection, snapshot, verdict, question.user, leaves: pending.leaves)
  }

  private func verdict(
    _ answer: PeerAnswer, _ question: Pending.Question, _ snapshot: WorkerSnapshot
  ) -> Verdict {
    let routing = snapshot.shared.routing
    if case .known(let partition, let names) = answer {
      counters.count(.answered)
      let nodes = names.compactMap { name in routing.pool.node(named: Array(name.utf8).span) }
      if !nodes.isEmpty {
        return routing.verdict(
          for: question.user.span, nodes: nodes, partition: partition, shares: snapshot.shared)
      }
    }
    return verdict(snapshot, question.user, from: question.next, canAskPeers: false)
  }

  // MARK: The last word

  /// Says it now, or when the cover ends.
  func say(_ connection: Connection, _ word: Pending.Word, leaves: Int64) {
    guard leaves > now else { return say(connection, word) }
    connection.pending = Pending(state: .covered(word), leaves: leaves)
    timers.set(connection.slot, deadline: leaves)
  }

  private func say(_ connection: Connection, _ word: Pending.Word) {
    switch word {
    case .redirect(let target):
      connection.conversation.redirect(
        to: target.span, random: random.next(), workspace: &workspace)
      counters.count(.redirected, connection.kind)
      counters.count(.redirecting, took: now - connection.begun)
      part(connection)
    case .relay(let route):
      guard let snapshot = connection.snapshot else { return }
      if relay(connection, snapshot, to: route) { return }
      // Its name is not resolved, or there is no way to it: the prober finds out.
      if snapshot.shared.nodeStates[route.node].suspect() { suspicion.look() }
      fail(connection, .remoteConnectionFailed)
    case .noNode:
      fail(connection, .remoteConnectionFailed)
    }
  }

  /// The time of a waiting connection has come.
  func sayPending(_ connection: Connection) {
    guard let pending = connection.pending else { return }
    switch pending.state {
    case .asking: finishQuestion(connection, .unknown)
    case .covered(let word):
      connection.pending = nil
      say(connection, word)
    }
    drainAfterWaiting(connection)
  }

  /// What came while the connection waited was not read, and the poller will not tell of it again.
  func drainAfterWaiting(_ connection: Connection) {
    guard connection.pending == nil, connection.isParting, connection.isPolled else { return }
    while connection.descriptor >= 0, readGoodbye(connection) == .more {}
  }
}

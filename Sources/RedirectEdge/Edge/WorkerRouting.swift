import Conversation
import Glibc
import MapFile
import Routing
import Shared

/// From a known user to the answer.
extension Worker {
  /// The user is known: where to?
  func answer(_ connection: Connection, _ snapshot: WorkerSnapshot) {
    let shared = snapshot.shared
    let verdict = shared.routing.verdict(
      for: workspace.user.span, turn: &turn, scratch: &rulesScratch, shares: shared,
      plugin: { ask(plugin: $0, about: $1, shared) },
      map: { snapshot.reader?.partition(of: $0) })
    settle(connection, verdict, snapshot)
  }

  /// The name is no user's, and the answer must not show it.
  func answerNobody(_ connection: Connection, _ snapshot: WorkerSnapshot) {
    let shared = snapshot.shared
    let verdict = shared.routing.verdict(
      forNobody: workspace.user.span, scratch: &rulesScratch, shares: shared
    ) { snapshot.reader?.partition(of: $0) }
    settle(connection, verdict, snapshot)
  }

  /// The verdict on the user in `workspace` stands: it is said now, or when the cover ends.
  private func settle(_ connection: Connection, _ verdict: Verdict, _ snapshot: WorkerSnapshot) {
    let shared = snapshot.shared
    guard case .route(let route) = verdict else {
      // The form of the answer is the same, so that it does not tell who exists.
      log.outcome(connection, .noNode, user: workspace.user)
      return say(connection, .noNode, after: shared.times.cover)
    }
    suspicion.note(
      workspace.user.span, from: connection.client, to: route.node, of: shared, now: now)
    log.outcome(connection, .redirected(route), user: workspace.user)
    let target = shared.routing.pool.target(of: route.node, for: connection.kind)
    say(connection, .redirect(target), after: shared.times.cover)
  }

  /// Says the last word, after `cover` ms.
  private func say(_ connection: Connection, _ word: Pending.Word, after cover: Int64) {
    guard cover > 0 else { return say(connection, word) }
    let leaves = now + cover
    connection.pending = Pending(leaves: leaves, word: word)
    timers.set(connection.slot, deadline: leaves)
  }

  private func say(_ connection: Connection, _ word: Pending.Word) {
    switch word {
    case .redirect(let target):
      connection.conversation.redirect(
        to: target.span, random: random.next(), workspace: &workspace)
      counters.count(.redirected)
      part(connection)
    case .noNode:
      fail(connection, .remoteConnectionFailed)
    }
  }

  /// The cover has ended.
  func sayPending(_ connection: Connection) {
    guard let pending = connection.pending, let word = pending.word else { return }
    connection.pending = nil
    say(connection, word)
    // What came meanwhile was not read, and the poller will not tell of it again.
    while connection.descriptor >= 0, connection.isPolled, readGoodbye(connection) == .more {}
  }
}

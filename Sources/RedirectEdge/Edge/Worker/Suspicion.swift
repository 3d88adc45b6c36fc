import Routing
import Shared

/// The original's second way of watching nodes: a client that comes back although it was just sent to a node is evidence
/// against that node. It can only cause a probe.
struct Suspicion: Sendable {
  let memory: ClientMemory
  private let prober: Prober

  init(_ memory: ClientMemory, _ prober: Prober) {
    self.memory = memory
    self.prober = prober
  }

  /// A node has been suspected: it is probed at once.
  func look() { prober.look() }

  /// Notes that a client is sent to a node, and has the node probed if the client was sent there a moment ago.
  ///
  /// The return of a client that is known not to follow says nothing about the node; what is known of it stays.
  func note(_ client: UInt64, to node: Int, of snapshot: Snapshot, now: Int64) {
    let last = memory.record(of: client)
    let forget = snapshot.auto.forget
    if last.doesNotFollow, last.age(at: now) < forget { return }
    memory.note(
      .redirected(client, to: node, at: now), of: client, now: now, forget: forget)
    guard last.returns(from: node, at: now, within: snapshot.times.retryWindow),
      snapshot.nodeStates[node].suspect()
    else { return }
    prober.look()
  }
}

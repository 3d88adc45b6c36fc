import Synchronization

/// What one worker has done, for the control plane to read: each number has one writer.
final class Counters: Sendable {
  enum Kind: String, CaseIterable {
    /// Clients taken in.
    case accepted
    /// Clients sent to a node.
    case redirected
    /// Clients handed over to a node by passing their bytes on.
    case relayed
    /// Clients of mode `observe` that would have been redirected.
    case wouldRedirect = "would-redirect"
    /// Clients of mode `observe` that would have been relayed to their own node.
    case wouldRelay = "would-relay"
    /// Clients that got a stream error.
    case refused
    /// Clients that went away, or were cut off, without an answer.
    case lost
    /// Clients turned away by a limit.
    case limited
  }

  private let accepted = Atomic<Int>(0)
  private let redirected = Atomic<Int>(0)
  private let relayed = Atomic<Int>(0)
  private let wouldRedirect = Atomic<Int>(0)
  private let wouldRelay = Atomic<Int>(0)
  private let refused = Atomic<Int>(0)
  private let lost = Atomic<Int>(0)
  private let limited = Atomic<Int>(0)

  /// One more. For the worker.
  func count(_ kind: Kind) {
    switch kind {
    case .accepted: accepted.wrappingAdd(1, ordering: .relaxed)
    case .redirected: redirected.wrappingAdd(1, ordering: .relaxed)
    case .relayed: relayed.wrappingAdd(1, ordering: .relaxed)
    case .wouldRedirect: wouldRedirect.wrappingAdd(1, ordering: .relaxed)
    case .wouldRelay: wouldRelay.wrappingAdd(1, ordering: .relaxed)
    case .refused: refused.wrappingAdd(1, ordering: .relaxed)
    case .lost: lost.wrappingAdd(1, ordering: .relaxed)
    case .limited: limited.wrappingAdd(1, ordering: .relaxed)
    }
  }

  /// How many so far.
  subscript(_ kind: Kind) -> Int {
    switch kind {
    case .accepted: accepted.load(ordering: .relaxed)
    case .redirected: redirected.load(ordering: .relaxed)
    case .relayed: relayed.load(ordering: .relaxed)
    case .wouldRedirect: wouldRedirect.load(ordering: .relaxed)
    case .wouldRelay: wouldRelay.load(ordering: .relaxed)
    case .refused: refused.load(ordering: .relaxed)
    case .lost: lost.load(ordering: .relaxed)
    case .limited: limited.load(ordering: .relaxed)
    }
  }
}

/// The two ways of bringing a client to its node.
public enum Way: String, Sendable {
  /// It is told the node's address.
  case redirect
  /// The edge connects to the node and passes all bytes on.
  case relay
}

/// How mode `auto` decides between the two: on positive evidence only. That a client stays away after a redirect proves
/// nothing, because it may have given up.
///
///     what is known of the client                             way
///     it did not follow, less than `forget` ago               relay
///     it was sent to this very node less than `window` ago,
///       and the node is well                                  relay; if the node takes it now, it did not follow
///     it came by WebSocket and has heard our `<open/>`        relay
///     what it says of itself or does is that of a follower    redirect
///     nothing                                                 `first`
///
/// The first line that applies counts. It does not matter who has seen it: this edge, or another one that has told.
public struct AutoPolicy: Sendable, Equatable {
  /// Why a way was taken; the raw value is for logs.
  public enum Reason: String, Sendable {
    /// It is known not to follow.
    case doesNotFollow = "does-not-follow"
    /// It came back from a node that is well.
    case cameBack = "came-back"
    /// By WebSocket a redirect is understood only as the answer to `<open/>` (RFC 7395 section 3.4, Strophe.js).
    case tooLate = "too-late"
    /// It is one of those that follow.
    case follower = "follower"
    /// Nothing is known.
    case unknown
  }

  /// A way, and why.
  public struct Decision: Sendable, Equatable {
    /// How to bring the client to its node.
    public let way: Way
    /// What spoke for it.
    public let reason: Reason
  }

  /// What a client gets of which nothing is known.
  public let first: Way
  /// How soon a return counts, in ms.
  public let window: Int64
  /// How long it is believed that a client does not follow, in ms.
  public let forget: Int64

  /// The three settings, times in ms.
  public init(first: Way, window: Int64, forget: Int64) {
    self.first = first
    self.window = window
    self.forget = forget
  }

  /// Whether a record can still speak for anything at `now`.
  public func needs(_ record: ClientRecord, at now: Int64) -> Bool {
    !record.isEmpty && record.age(at: now) < (record.doesNotFollow ? forget : window)
  }

  /// - Parameters:
  ///   - record: what is remembered of the client.
  ///   - told: what a peer has told of it.
  ///   - node: where it is to go, an index into the pool.
  ///   - isWell: whether that node serves, as far as probes know.
  ///   - isTooLate: whether a client of its kind does not understand a redirect any more.
  ///   - isFollower: whether it is known by name or shape to follow.
  ///   - now: in ms, of the same clock as the record.
  public func decide(
    _ record: ClientRecord, told: ClientRecord = .nobody, node: Int, isWell: Bool,
    isTooLate: Bool = false, isFollower: Bool, now: Int64
  ) -> Decision {
    if record.provesNotFollowing(at: now, within: forget)
      || told.provesNotFollowing(at: now, within: forget)
    {
      return Decision(way: .relay, reason: .doesNotFollow)
    }
    if isWell,
      record.returns(from: node, at: now, within: window)
        || told.returns(from: node, at: now, within: window)
    {
      return Decision(way: .relay, reason: .cameBack)
    }
    if isTooLate { return Decision(way: .relay, reason: .tooLate) }
    if isFollower { return Decision(way: .redirect, reason: .follower) }
    return Decision(way: first, reason: .unknown)
  }
}

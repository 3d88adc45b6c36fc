/// What asking peers has come to so far.
public struct PeerCounts: Equatable, Sendable {
  /// Users who were to be asked about.
  public internal(set) var asked = 0
  /// Of these: a peer has told the nodes.
  public internal(set) var known = 0
  /// Of these: no peer that was asked knows the user, or none has answered in time.
  public internal(set) var unknown = 0
  /// Of these: unknown from memory.
  public internal(set) var remembered = 0
  /// Of these: there was nobody to ask.
  public internal(set) var nobody = 0
  /// Of these: not asked, or not asked further, because of a bound (`inflight`, `rate`).
  public internal(set) var limited = 0
  /// Queries sent.
  public internal(set) var queries = 0
  /// Of these: without an answer.
  public internal(set) var failed = 0
  /// Of these: because it took too long.
  public internal(set) var late = 0

  /// Nothing has happened yet.
  public init() {}
}

public import Shared

/// What one peer has said about one user.
public enum PeerReply: Equatable, Sendable {
  /// The user's partition in the peer's map, and the names of that partition's nodes in order of preference.
  case known(partition: Partition, nodes: [String])
  /// The peer's map does not have the user.
  case unknown
  /// The peer does not answer this query, for a reason that it names.
  case refused(reason: String)
}

public import Shared

/// What asking peers about one user has led to.
public enum PeerAnswer: Equatable, Sendable {
  /// A peer knows the user: the partition of *its* map, good for logs only, and the names of the nodes, in order of
  /// preference, never empty, without those that are no nodes here.
  case known(partition: Partition, nodes: [String])
  /// No peer knows the user, or none has said so in time.
  case unknown
}

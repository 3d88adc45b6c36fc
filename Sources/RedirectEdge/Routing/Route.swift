public import Shared

/// Where a user goes: a node of the pool, and how it was found.
public struct Route: Equatable, Sendable {
  /// Index into the pool's nodes, in the order of `redirect.to`.
  public let node: Int
  /// The provider that knew the user.
  public let provider: Provider
  /// The user's partition, where the provider has one.
  public let partition: Partition?

  /// A route to `node`, found by `provider`.
  public init(node: Int, provider: Provider, partition: Partition? = nil) {
    self.node = node
    self.provider = provider
    self.partition = partition
  }
}

/// What the provider chain says of a user.
public enum Verdict: Equatable, Sendable {
  /// Go there.
  case route(Route)
  /// A provider knew the user, but none of its nodes can be used now (design: a stream error, never silence).
  case noNode
  /// No provider of the chain knows the user.
  case unknown
  /// The peers must be asked; if none of them knows the user, the chain goes on at `next`.
  case askPeers(next: Int)
}

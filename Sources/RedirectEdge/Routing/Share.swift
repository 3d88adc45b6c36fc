/// How much of its users a node takes, in 1024ths: nothing while it is down or draining, everything while it is up, and
/// more and more when it has come back.
public struct Share: Equatable, Sendable {
  /// 0...1024.
  public let parts: UInt32

  /// Nobody is sent there.
  public static let none = Share(parts: 0)
  /// All its users are.
  public static let all = Share(parts: 1024)

  /// A share of `parts` 1024ths; more than all is all.
  public init(parts: UInt32) {
    self.parts = min(parts, 1024)
  }

  /// Whether a user with this lot goes there already. The lot is evenly spread; who was admitted stays so while the share
  /// grows.
  func admits(_ lot: UInt64) -> Bool {
    lot & 1023 < UInt64(parts)
  }
}

/// What the nodes of a pool take now.
public protocol NodeShares {
  /// By the node's index in the pool.
  func share(of node: Int) -> Share
}

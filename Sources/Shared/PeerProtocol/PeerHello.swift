public import Shared

/// How a side introduces itself: the first line of each direction.
public struct PeerHello: Equatable, Sendable {
  /// Which edge it is, until it is started again.
  public var edge: EdgeID
  /// The map from which it answers; nil: it has none.
  public var map: MapDigest?
  /// How it prepares names; nil: as the other side does (a program that only asks).
  public var profile: JIDProfile?
  /// Present where both sides prove that they know the shared secret.
  public var nonce: PeerNonce?
  /// The mark of the key under which it hashes clients, if it wants to be told of them: only who has the same key has
  /// anything to tell.
  public var clients: UInt64?

  /// A greeting of the version that this code speaks.
  public init(
    edge: EdgeID, map: MapDigest?, profile: JIDProfile?, nonce: PeerNonce?, clients: UInt64? = nil
  ) {
    self.edge = edge
    self.map = map
    self.profile = profile
    self.nonce = nonce
    self.clients = clients
  }
}

public import Shared

/// What a side brings to its connections.
public struct PeerParty: Sendable {
  /// Which edge this is.
  public var edge: EdgeID
  /// The map from which it answers; nil: none.
  public var map: MapDigest?
  /// How it prepares names; nil: as the other side does.
  public var profile: JIDProfile?
  /// Present where both sides must prove that they know the shared secret; without it the channel (TLS with certificates
  /// on both sides) has proved who they are.
  public var hmac: PeerProof.HMAC?
  /// The mark of the key under which it hashes clients; nil: it neither tells of clients nor hears of them.
  public var clients: UInt64?

  /// A side of connections.
  public init(
    edge: EdgeID, map: MapDigest?, profile: JIDProfile?, hmac: PeerProof.HMAC?,
    clients: UInt64? = nil
  ) {
    self.edge = edge
    self.map = map
    self.profile = profile
    self.hmac = hmac
    self.clients = clients
  }
}

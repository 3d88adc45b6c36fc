/// What one edge tells the others of a client without being asked, so that the next one to which it comes knows it.
///
/// A client is told by a hash under a key that edges share: who has not the key learns nothing of it but that it is the same
/// one again.
public enum PeerNotice: Equatable, Sendable {
  /// It is being told the address of this node.
  case redirected(client: UInt64, node: String)
  /// It was seen not to go where it was sent.
  case doesNotFollow(client: UInt64)
}

/// Why a connection between edges ends. The raw value is the name that `FAULT` tells the other side.
public enum PeerFault: String, Error, Sendable, CaseIterable {
  /// No line ends within the bound.
  case lineTooLong = "line-too-long"
  /// Not a line of the protocol: an unknown verb, a word too many or too few, a control character, not UTF-8.
  case badLine = "bad-line"
  /// A line of the protocol, but not now, or not from this side.
  case unexpected = "unexpected"
  /// The other side speaks another version.
  case version = "version"
  /// The other side prepares names in another way: its users are not ours.
  case profile = "profile"
  /// One side wants a proof of the shared secret, the other does not.
  case mode = "mode"
  /// The other side does not know the secret.
  case proof = "proof"
  /// The other side is this edge.
  case itself = "itself"
  /// There is a connection to that edge already.
  case duplicate = "duplicate"
  /// An answer to what was not asked.
  case notAsked = "not-asked"
  /// An answer about another user.
  case wrongUser = "wrong-user"
  /// An answer from another map than the peer's last.
  case wrongMap = "wrong-map"
  /// Nothing came in time.
  case silent = "silent"
  /// More lines than the other side may send.
  case tooMany = "too-many"
  /// This side goes out of service, or asks here no more.
  case leaving = "leaving"
  /// The other side has ended the connection with a fault of its own.
  case told = "told"
}

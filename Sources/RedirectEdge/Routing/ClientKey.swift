public import Shared

/// The key of the hashes under which clients are remembered, and by which edges tell each other of them.
///
/// The hash is SipHash-2-4 four times: of the user; of that and the upper half of the address; of that and the lower half; of
/// that and the looks. `docs/peer-protocol.md` has it in full, because all edges must come to the same.
public struct ClientKey: Sendable {
  private let key: SipHash.Key
  /// By it an edge finds out whether another one hashes clients alike; nil: nobody else has this key.
  public let mark: UInt64?

  /// What the mark is made of. The number changes with the hash, or with what clients look like.
  private static let text = "redirect-edge clients 1"

  /// A key of this process alone.
  public init(own key: SipHash.Key) {
    self.key = key
    mark = nil
  }

  /// A key that all edges have, and nobody else.
  public init(shared key: SipHash.Key) {
    self.key = key
    mark = SipHash.hash24(Array(Self.text.utf8).span, key: key)
  }

  /// The hash of a client. Who it is: user, address (not the port), and what tells apart two devices of one user behind one
  /// address.
  public func client(_ user: Span<UInt8>, at address: ClientAddress, looks: UInt64) -> UInt64 {
    var hash = SipHash.hash24(user, key: key)
    hash = SipHash.hash24(hash ^ address.high, key: key)
    hash = SipHash.hash24(hash ^ address.low, key: key)
    return SipHash.hash24(hash ^ looks, key: key)
  }
}

/// A number used once: 256 random bits that make the proofs of one connection worthless for any other.
public struct PeerNonce: RandomWord {
  static let count = 32
  let bytes: [UInt8]

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Draws one.
  public init(using random: inout some RandomNumberGenerator) {
    self = .drawn(using: &random)
  }
}

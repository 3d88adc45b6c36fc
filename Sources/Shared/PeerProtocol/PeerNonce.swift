/// A number used once: 256 random bits that make the proofs of one connection worthless for any other.
public struct PeerNonce: Hashable, Sendable {
  static let count = 32
  let bytes: [UInt8]

  /// Draws one.
  public init(using random: inout some RandomNumberGenerator) {
    bytes = (0..<Self.count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
  }

  init?(word: ArraySlice<UInt8>) {
    guard let bytes = Hexadecimal.bytes(word, count: Self.count) else { return nil }
    self.bytes = bytes
  }
}

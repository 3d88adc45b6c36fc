/// What tells one running edge from another: 128 random bits, drawn at its start.
public struct EdgeID: Hashable, Sendable, CustomStringConvertible {
  static let count = 16
  let bytes: [UInt8]

  /// Draws one.
  public init(using random: inout some RandomNumberGenerator) {
    bytes = (0..<Self.count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
  }

  init?(word: ArraySlice<UInt8>) {
    guard let bytes = Hexadecimal.bytes(word, count: Self.count) else { return nil }
    self.bytes = bytes
  }

  /// 32 hexadecimal digits.
  public var description: String { Hexadecimal.text(bytes) }
}

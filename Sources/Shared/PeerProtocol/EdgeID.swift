/// What tells one running edge from another: 128 random bits, drawn at its start.
public struct EdgeID: RandomWord, CustomStringConvertible {
  static let count = 16
  let bytes: [UInt8]

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// Draws one.
  public init(using random: inout some RandomNumberGenerator) {
    self = .drawn(using: &random)
  }

  /// 32 hexadecimal digits.
  public var description: String { Hexadecimal.text(bytes) }
}

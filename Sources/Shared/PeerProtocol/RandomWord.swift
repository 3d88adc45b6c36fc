/// Random bytes of a fixed number, as a word of hexadecimal digits on the wire.
protocol RandomWord: Hashable, Sendable {
  static var count: Int { get }
  var bytes: [UInt8] { get }
  /// `count` bytes.
  init(bytes: [UInt8])
}

extension RandomWord {
  /// Draws one.
  static func drawn(using random: inout some RandomNumberGenerator) -> Self {
    Self(bytes: (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) })
  }

  /// Nil unless the word is exactly such digits.
  init?(word: ArraySlice<UInt8>) {
    guard let bytes = Hexadecimal.bytes(word, count: Self.count) else { return nil }
    self.init(bytes: bytes)
  }
}

/// What tells one map from another: the SHA-256 that its trailer carries.
public struct MapDigest: Hashable, Sendable, CustomStringConvertible {
  /// Bytes of a digest.
  public static let count = 32
  /// `count` bytes.
  public let bytes: [UInt8]

  /// The digest of 32 bytes.
  public init(_ bytes: [UInt8]) {
    precondition(bytes.count == Self.count, "a map's digest of \(bytes.count) bytes")
    self.bytes = bytes
  }

  init?(word: ArraySlice<UInt8>) {
    guard let bytes = Hexadecimal.bytes(word, count: Self.count) else { return nil }
    self.bytes = bytes
  }

  /// 64 hexadecimal digits.
  public var description: String { Hexadecimal.text(bytes) }
}

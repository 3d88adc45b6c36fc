/// The last 48 bytes of a map: they tell a whole one from a damaged one, and one map from another.
///
/// magic (8 bytes) | length of all that precedes (UInt64, little-endian) | SHA-256 of all that
/// precedes
struct MapTrailer: Equatable {
  static let magic: [UInt8] = Array("redirmap".utf8)
  static let count = 8 + 8 + Digest.count

  let length: UInt64
  let digest: [UInt8]

  init(length: UInt64, digest: [UInt8]) {
    precondition(digest.count == Digest.count)
    self.length = length
    self.digest = digest
  }

  /// Nil if the bytes do not begin with the magic.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count == Self.count, bytes.starts(with: Self.magic) else { return nil }
    var length: UInt64 = 0
    for byte in bytes.dropFirst(8).prefix(8).reversed() { length = length << 8 | UInt64(byte) }
    self.length = length
    self.digest = Array(bytes.suffix(Digest.count))
  }

  var bytes: [UInt8] {
    Self.magic + LittleEndian.bytes(of: length) + digest
  }
}

/// Numbers in the map are little-endian and may stand at any address.
enum LittleEndian {
  static func bytes(of number: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    (0..<(number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// Nil if the count of bytes is not that of `N`.
  static func number<N: FixedWidthInteger & UnsignedInteger>(_ bytes: [UInt8], as: N.Type) -> N? {
    guard bytes.count * 8 == N.bitWidth else { return nil }
    return bytes.reversed().reduce(0) { $0 << 8 | N($1) }
  }
}

/// What stands where inside a map. The writer and the reader both go by this page.
///
/// 1. The file is an LMDB environment without a directory, followed by a `MapTrailer`.
/// 2. The named database `users`: the key is the canonical bare JID in UTF-8, the value its
///    partition (UInt32, little-endian).
/// 3. LMDB takes keys of up to 511 bytes. A longer JID has the key 0x00 + SHA-256 of the JID, and
///    the value partition + whole JID. No JID contains 0x00, so those keys stand before all others.
/// 4. The named database `meta`: one entry for each of `MetaKey`.
/// 5. The same `redirect.db` gives the same bytes (on machines with the same page size and LMDB).
enum MapLayout {
  /// Raised when an older reader would misunderstand a newer map.
  static let format: UInt32 = 1

  static let users = "users"
  static let meta = "meta"

  /// Entries of `meta`. Numbers are little-endian.
  enum MetaKey: String, CaseIterable {
    /// `MapLayout.format`, UInt32.
    case format
    /// The raw value of a `JIDProfile`.
    case profile
    /// How many entries `users` has, UInt64.
    case users
    /// The highest partition that a user may have, UInt32.
    case partitions
    /// The header lines of `redirect.db`, word for word.
    case header
  }

  /// Two meta pages of at least 4096 bytes each and the trailer, in bytes.
  static let smallest = 2 * 4096 + MapTrailer.count
  /// LMDB's own mark, at byte 16 of the file (0xBEEFC0DE in the byte order of the machine).
  static let lmdbMagic: [UInt8] = [0xDE, 0xC0, 0xEF, 0xBE]
  static let lmdbMagicOffset = 16

  /// LMDB's limit, fixed when Debian builds it.
  static let longestKey = 511
  /// The first byte of the key of a longer JID.
  static let longMark: UInt8 = 0

  /// The key of a JID of more than `longestKey` bytes.
  static func longKey(_ user: Span<UInt8>) -> [UInt8] {
    [longMark] + Digest.of(user)
  }
}

import Glibc
public import Shared

/// Why a map was refused. The program goes on with the one that it has.
public struct MapError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: Equatable, Sendable {
    /// A call of the operating system failed: what was tried, and the `errno`.
    case system(attempt: String, number: Int32)
    /// A directory, a device, a pipe.
    case notAFile
    /// Smaller than the smallest map. `size` in bytes.
    case short(size: Int)
    /// No trailer at its end. `lmdb`: but it begins as LMDB's files do.
    case foreign(lmdb: Bool)
    /// The trailer tells another length than the file has. In bytes, without the trailer.
    case length(told: UInt64, found: UInt64)
    /// The digest in the trailer is not that of the bytes before it. In hexadecimal digits.
    case damaged(told: String, found: String)
    /// It became shorter while it was read.
    case changed
    /// A later format than this program knows.
    case newer(format: UInt32)
    /// Users were made canonical in another way than the reader's.
    case profile(found: String, expected: JIDProfile)
    /// Whole, but what is inside is not as it must be.
    case inside(String)
    /// The reader came after `Map.close`.
    case closed
  }

  /// The map.
  public let path: String
  /// What is wrong.
  public let reason: Reason

  init(_ path: String, _ reason: Reason) {
    self.path = path
    self.reason = reason
  }

  /// Path, what is wrong, and what was expected.
  public var description: String {
    "\(path): \(words)"
  }

  private var words: String {
    switch reason {
    case .system(let attempt, let number):
      "cannot \(attempt): \(unsafe String(cString: strerror(number)))"
    case .notAFile: "not a regular file; expected a map as `rdadmin compile` writes it"
    case .short(let size):
      "not a whole map: \(size) bytes; expected at least \(MapLayout.smallest) with the trailer"
    case .foreign(lmdb: true):
      "not a whole map: LMDB pages without our trailer behind them; expected a file that "
        + "`rdadmin compile` finished (this one is cut short, or another program's)"
    case .foreign(lmdb: false):
      "not a map; expected a file that `rdadmin compile` wrote"
    case .length(let told, let found):
      "damaged: \(found) bytes before the trailer; expected \(told), as the trailer says"
    case .damaged(let told, let found):
      "damaged: SHA-256 of its bytes is \(found); expected \(told), as the trailer says"
    case .changed: "became shorter while it was read; expected that nobody writes to a map"
    case .newer(let format):
      "format \(format), newer than this program, which reads up to \(MapLayout.format)"
    case .profile(let found, let expected):
      "compiled with profile \(found); expected \(expected.rawValue), as configured"
    case .inside(let words): "whole, but not a map that this program can read: \(words)"
    case .closed: "closed; expected no reader after that"
    }
  }
}

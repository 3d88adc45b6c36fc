import Glibc

/// A call of the operating system on a file failed.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The attempt when a file cannot be opened at all.
  public static let opening = "open it"
  /// The attempt when the new file cannot be created at all.
  public static let creating = "create a file beside it"
  /// The attempt when there is no place for sorting.
  public static let creatingTemporary = "create a temporary file there"
  /// The attempt when what should be replaced is a directory or a device.
  public static let replacing = "replace what is no regular file"

  /// The file.
  public let path: String
  /// What was tried, as it reads behind "cannot": "open it".
  public let attempt: String
  /// The error number of the system.
  public let number: Int32

  /// Takes the parts; `number` is an `errno`.
  public init(path: String, attempt: String, number: Int32) {
    self.path = path
    self.attempt = attempt
    self.number = number
  }

  /// Whether it failed before anything was written: the place itself is at fault.
  public var isOfPlace: Bool {
    [Self.creating, Self.creatingTemporary, Self.replacing].contains(attempt)
  }

  /// "redirect.mdb: cannot open it: Permission denied".
  public var description: String {
    "\(path): cannot \(attempt): \(unsafe String(cString: strerror(number)))"
  }
}

import Glibc

/// The steps by which a file is published, as functions, so that each can be made to fail.
///
/// Each returns 0 or an `errno`; those that open return the descriptor, or an `errno` negated.
public struct FileOperations: Sendable {
  /// Creates a new file for reading and writing, only if nothing has that name.
  public var create: @Sendable (_ path: String) -> Int32
  /// Locks an open file against `AtomicFile`'s clearing up.
  public var lock: @Sendable (_ descriptor: Int32) -> Int32
  /// Writes all of the bytes.
  public var write: @Sendable (_ descriptor: Int32, _ bytes: [UInt8]) -> Int32
  /// Sets the access mode.
  public var setMode: @Sendable (_ descriptor: Int32, _ mode: UInt32) -> Int32
  /// Brings a file or a directory to the disk.
  public var sync: @Sendable (_ descriptor: Int32) -> Int32
  /// Gives a file another name, replacing what had it.
  public var rename: @Sendable (_ from: String, _ to: String) -> Int32
  /// Opens a directory.
  public var openDirectory: @Sendable (_ path: String) -> Int32

  /// What the operating system does.
  public static let system = FileOperations(
    create: { path in orError(unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)) },
    lock: { descriptor in
      flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
    },
    write: { descriptor, bytes in Descriptor.writeAll(bytes.span, to: descriptor) },
    setMode: { descriptor, mode in fchmod(descriptor, mode) == 0 ? 0 : errno },
    sync: { descriptor in fsync(descriptor) == 0 ? 0 : errno },
    rename: { from, to in unsafe Glibc.rename(from, to) == 0 ? 0 : errno },
    openDirectory: { path in orError(unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) })

  private static func orError(_ result: Int32) -> Int32 {
    result >= 0 ? result : -errno
  }
}

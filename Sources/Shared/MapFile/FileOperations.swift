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

/// Reading and writing of whole buffers by file descriptor.
public enum Descriptor {
  /// Writes all of `bytes`; returns 0 or an `errno`. A write cut short by a signal goes on.
  public static func writeAll(_ bytes: Span<UInt8>, to descriptor: Int32) -> Int32 {
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let written = unsafe write(
          descriptor, buffer.baseAddress.unsafelyUnwrapped + done, buffer.count - done)
        if written >= 0 {
          done += written
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }

  /// Reads until `buffer` is full or the file ends; returns the bytes read, or an `errno` negated.
  ///
  /// `stop` is asked when a signal arrives; true gives `-EINTR`.
  public static func read(
    _ descriptor: Int32, into buffer: inout [UInt8], at start: Int, stop: () -> Bool = { false }
  ) -> Int {
    unsafe buffer.withUnsafeMutableBytes { buffer in
      while true {
        let count = unsafe Glibc.read(
          descriptor, buffer.baseAddress.unsafelyUnwrapped + start, buffer.count - start)
        if count >= 0 { return count }
        if errno != EINTR || stop() { return Int(-errno) }
      }
    }
  }
}

import Glibc

/// What tells one state of a file from another without reading it. The path's symlinks are followed, so that a
/// swap of any link on the way (as ConfigMap volumes do it) counts as a change.
struct FileStamp: Equatable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int
  /// Of the last change of anything, its permissions too.
  private let changedSeconds: Int
  private let changedNanoseconds: Int

  /// The stamp of what `path` leads to now; nil if there is nothing.
  init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
    changedSeconds = status.st_ctim.tv_sec
    changedNanoseconds = status.st_ctim.tv_nsec
  }

  /// Whether `path` leads to a file that can be read again and again, and never keeps a reader waiting. True also if
  /// there is nothing: opening it says so.
  static func isReadable(path: String) -> Bool {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return true }
    return status.st_mode & S_IFMT == S_IFREG
  }
}

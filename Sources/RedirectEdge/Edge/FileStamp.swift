import Glibc

/// What tells one state of a file from another without reading it. The path's symlinks are followed, so that a
/// swap of any link on the way (as ConfigMap volumes do it) counts as a change.
struct FileStamp: Equatable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// The stamp of what `path` leads to now; nil if there is nothing.
  init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}

/// Small files, read whole.
enum FileContents {
  /// Configuration, partitions and rules are lines that people write: more than this is a mistake.
  static let maximumSize = 64 * 1024 * 1024

  static func read(_ path: String) throws(SystemError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open", path) }
    defer { close(descriptor) }
    var contents: [UInt8] = []
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    defer { unsafe chunk.deallocate() }
    while true {
      let count = unsafe Glibc.read(descriptor, chunk.baseAddress, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError("read", path) }
      guard count > 0 else { return contents }
      unsafe contents.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<count]))
      guard contents.count <= maximumSize else { throw SystemError("read", path, code: EFBIG) }
    }
  }
}

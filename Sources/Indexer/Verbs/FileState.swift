import Glibc
import Rosters

/// What tells whether a file has changed since it was read.
struct FileState: Equatable {
  let device: UInt64
  let inode: UInt64
  let size: UInt64
  /// Nanoseconds since 1970: of the last change of its content, and of the last change at all, which nobody can set back.
  let modified: UInt64
  let changed: UInt64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = UInt64(clamping: status.st_size)
    modified = Self.nanoseconds(status.st_mtim)
    changed = Self.nanoseconds(status.st_ctim)
  }

  /// The state of the file at `path`; nil if there is no regular file.
  init?(path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(status)
  }

  /// Which file this is, whatever names it has.
  var identity: ByteSource.Identity {
    ByteSource.Identity(device: UInt(device), inode: UInt(inode))
  }

  func cached(path: String) -> CachedFile {
    CachedFile(path: path, state: [device, inode, size, modified, changed])
  }

  func isSame(as file: CachedFile) -> Bool { cached(path: file.path) == file }

  /// Whether a change from now on would show. A change within one tick of the file system's clock would not.
  var isSettled: Bool {
    var now = timespec()
    guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return false }
    let latest = max(modified, changed)
    let isCoarse = latest % 1_000_000_000 == 0
    return latest &+ (isCoarse ? Self.coarseTick : Self.fineTick) <= Self.nanoseconds(now)
  }

  /// The slowest tick of a Linux kernel is 10 ms; some more for clocks that are not the same.
  private static let fineTick: UInt64 = 50_000_000
  /// File systems of other systems count by seconds, FAT by two.
  private static let coarseTick: UInt64 = 2_000_000_000

  private static func nanoseconds(_ time: timespec) -> UInt64 {
    UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec)
  }
}

extension CachedFile {
  var identity: ByteSource.Identity {
    ByteSource.Identity(device: UInt(state[0]), inode: UInt(state[1]))
  }

  var size: UInt64 { state[2] }
}

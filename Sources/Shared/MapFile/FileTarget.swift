import Glibc

/// Which file a path leads to, in the end.
enum FileTarget {
  /// As many links in a row as Linux follows.
  private static let mostLinks = 40

  /// The path of the file itself: no link in it, neither the file nor a directory. So a directory
  /// that is swapped by a link meanwhile changes nothing. The file need not exist.
  ///
  /// Throws if the file exists and is not a regular one: a rename would replace a device such as
  /// /dev/null by an ordinary file.
  static func resolve(_ path: String) throws(FileError) -> String {
    let existing = try requireRegular(path)
    var found = path
    for _ in 0..<mostLinks {
      let (directory, name) = AtomicFile.split(found)
      if name.isEmpty { throw FileError(path: path, attempt: FileError.replacing, number: EISDIR) }
      if let link = target(ofLink: found) {
        found = link.hasPrefix("/") ? link : "\(directory)/\(link)"
        continue
      }
      let resolved = "\(try real(directory, of: path))/\(name)"
      // /proc/self/fd tells a path even for what has none any more.
      guard try existing == requireRegular(resolved) else {
        throw FileError(path: path, attempt: FileError.replacing, number: EINVAL)
      }
      return resolved
    }
    throw FileError(path: path, attempt: FileError.replacing, number: ELOOP)
  }

  private struct Identity: Equatable {
    let device: UInt
    let inode: UInt
  }

  /// Nil if nothing is there.
  private static func requireRegular(_ path: String) throws(FileError) -> Identity? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else {
      throw FileError(
        path: path, attempt: FileError.replacing, number: kind == S_IFDIR ? EISDIR : EINVAL)
    }
    return Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
  }

  /// Nil if `path` is no link.
  private static func target(ofLink path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe readlink(path, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
  }

  private static func real(_ directory: String, of path: String) throws(FileError) -> String {
    guard let found = unsafe realpath(directory, nil) else {
      throw FileError(path: path, attempt: FileError.creating, number: errno)
    }
    defer { unsafe free(found) }
    let real = unsafe String(cString: found)
    return real == "/" ? "" : real
  }
}

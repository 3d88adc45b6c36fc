import Glibc

/// A file without a name, for what does not fit into memory: whatever happens, nothing is left of it.
public enum UnnamedFile {
  /// Creates one in `directory`, open for reading and writing; its descriptor.
  public static func create(in directory: String) throws(FileError) -> Int32 {
    // A macro of Glibc that Swift does not import: __O_TMPFILE | O_DIRECTORY.
    let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY
    let descriptor = unsafe open(directory, O_RDWR | O_CLOEXEC | unnamed, 0o600)
    if descriptor >= 0 { return descriptor }
    if errno != EOPNOTSUPP && errno != EISDIR { throw noPlace(directory, errno) }
    // A file system that cannot do that: a name for a moment.
    let path = "\(directory)/.sort.\(UInt64.random(in: .min ... .max)).tmp"
    let named = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if named < 0 { throw noPlace(directory, errno) }
    unsafe unlink(path)
    return named
  }

  private static func noPlace(_ directory: String, _ number: Int32) -> FileError {
    FileError(path: directory, attempt: FileError.creatingTemporary, number: number)
  }
}

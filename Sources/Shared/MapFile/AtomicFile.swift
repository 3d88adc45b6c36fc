import Glibc

/// A file that comes into being whole or not at all, as djb's cdb is published.
///
/// 1. It is written beside the file that it replaces, under a name of its own.
/// 2. `publish` sets its mode, brings it to the disk, renames it over, and brings the directory to
///    the disk.
/// 3. Until then the old file is untouched; if anything fails, or this value goes away, the new one
///    is removed.
/// 4. What a crash leaves behind (`LeftoverName`) is removed by the next one that replaces the same
///    file: a lock on it tells that its writer is gone.
/// 5. Links are followed first: a link stays what it is, and the file that it leads to is replaced.
public struct AtomicFile: ~Copyable {
  /// The file that will be replaced, as the caller names it.
  public let path: String
  /// The name until then.
  public let temporaryPath: String
  /// For reading and writing; open until `publish`.
  public let descriptor: Int32

  /// The file itself, behind all links.
  private let target: String
  private let directory: String
  private let mode: UInt32
  private let files: FileOperations
  private var isOpen = true
  private var isNamed = true
  private var isOnDisk = false

  /// Creates the file beside `path`, which must not exist or be a regular file.
  ///
  /// `mode` is what it is published with: 0o444, because a published map is never written again.
  public init(
    replacing path: String, mode: UInt32 = 0o444, files: FileOperations = .system
  ) throws(FileError) {
    let place = try Self.create(for: path, files)
    self.path = path
    self.mode = mode
    self.files = files
    target = place.target
    directory = place.directory
    temporaryPath = place.temporaryPath
    descriptor = place.descriptor
  }

  private struct Created {
    let target: String
    let directory: String
    let temporaryPath: String
    let descriptor: Int32
  }

  /// Makes and locks the file under its name for the time being.
  private static func create(
    for path: String, _ files: FileOperations
  ) throws(FileError) -> Created {
    let target = try FileTarget.resolve(path)
    let (directory, name) = split(target)
    removeLeftovers(of: name, in: directory)
    while true {
      let candidate = "\(directory)/\(LeftoverName.random(for: name))"
      let descriptor = files.create(candidate)
      if descriptor == -EEXIST { continue }
      if descriptor < 0 {
        throw FileError(path: path, attempt: FileError.creating, number: -descriptor)
      }
      let trouble = files.lock(descriptor)
      // One that clears up may have come between: then the file is locked by it, or gone.
      if trouble == EWOULDBLOCK || (trouble == 0 && isRemoved(descriptor)) {
        close(descriptor)
        continue
      }
      // A file system without locks: nobody can clear up there either.
      if trouble != 0 && trouble != ENOLCK && trouble != EOPNOTSUPP {
        unsafe unlink(candidate)
        close(descriptor)
        throw FileError(path: candidate, attempt: "lock it", number: trouble)
      }
      return Created(
        target: target, directory: directory, temporaryPath: candidate, descriptor: descriptor)
    }
  }

  /// Appends all of the bytes.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    try check(files.write(descriptor, bytes), "write it")
  }

  /// Does what of `publish` may fail for want of space: with several files to be published together, do this for all of them
  /// before the first gets its name.
  public mutating func bringToDisk() throws(FileError) {
    try check(files.setMode(descriptor, mode), "set its mode")
    try check(files.sync(descriptor), "bring it to the disk")
    isOnDisk = true
  }

  /// Makes it the file at `path`.
  ///
  /// When only the last step fails (bringing the directory to the disk), the new file is in place
  /// already; the error says so.
  public mutating func publish() throws(FileError) {
    if !isOnDisk { try bringToDisk() }
    try check(files.rename(temporaryPath, target), "rename \(temporaryPath) over it")
    isNamed = false
    isOpen = false
    close(descriptor)
    let attempt = "bring its directory to the disk (the new file is in place)"
    let opened = files.openDirectory(directory)
    if opened < 0 { throw FileError(path: path, attempt: attempt, number: -opened) }
    let trouble = files.sync(opened)
    close(opened)
    // Some file systems cannot sync a directory; there is no more to be done on them.
    if trouble != EINVAL { try check(trouble, attempt) }
  }

  deinit {
    if isNamed { unsafe unlink(temporaryPath) }
    if isOpen { close(descriptor) }
  }

  private func check(_ trouble: Int32, _ attempt: String) throws(FileError) {
    if trouble != 0 { throw FileError(path: path, attempt: attempt, number: trouble) }
  }
}

extension AtomicFile {
  static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let name = String(path[path.index(after: slash)...])
    return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
  }

  private static func isRemoved(_ descriptor: Int32) -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_nlink == 0
  }

  /// Removes what crashed writers of the same file left; nothing depends on its success.
  private static func removeLeftovers(of name: String, in directory: String) {
    guard let listing = unsafe opendir(directory) else { return }
    defer { unsafe closedir(listing) }
    while let entry = unsafe readdir(listing) {
      let found = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard LeftoverName.isOne(found, for: name) else { continue }
      let path = "\(directory)/\(found)"
      let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      if descriptor < 0 { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unsafe unlink(path) }
      close(descriptor)
    }
  }
}

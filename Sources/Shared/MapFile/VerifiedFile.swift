import Glibc

/// An open file whose bytes are those that its trailer tells. Reading them has warmed the page
/// cache.
struct VerifiedFile {
  /// Open for reading; of the file itself, or of the private copy.
  var descriptor: Int32 { file.descriptor }
  private let file: OpenFile
  /// Bytes before the trailer.
  let length: Int
  let digest: [UInt8]

  /// Bytes read at once: large enough that system calls do not count, small enough for the
  /// processor's cache.
  private static let chunk = 1 << 20

  /// `progress` gets the bytes done and those to do.
  init(
    path: String, source: Map.Source, progress: (_ done: Int, _ total: Int) -> Void
  ) throws(MapError) {
    // O_NONBLOCK: a pipe in the file's place must not stop us.
    let original = OpenFile(unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY))
    if original.descriptor < 0 {
      throw MapError(path, .system(attempt: FileError.opening, number: errno))
    }
    let size = try Self.size(of: original.descriptor, path: path)
    if size < MapLayout.smallest { throw MapError(path, .short(size: size)) }
    let trailer = try Self.trailer(of: original.descriptor, size: size, path: path)
    let copy = OpenFile(source == .privateCopy ? PrivateCopy.create() : -1)
    if source == .privateCopy && copy.descriptor < 0 {
      throw MapError(path, .system(attempt: "create a private copy of it", number: errno))
    }

    length = Int(trailer.length)
    digest = try Self.digest(
      of: original.descriptor, length: length, copyingTo: copy.descriptor, path: path,
      progress: progress)
    if digest != trailer.digest {
      throw MapError(path, .damaged(told: trailer.digest.hexadecimal, found: digest.hexadecimal))
    }
    file = source == .privateCopy ? copy : original
  }

  /// Whether the file still has all of its bytes.
  func isWhole() -> Bool {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 && status.st_size >= length
  }

  private static func size(of descriptor: Int32, path: String) throws(MapError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw MapError(path, .system(attempt: "examine it", number: errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw MapError(path, .notAFile) }
    return status.st_size
  }

  private static func trailer(
    of descriptor: Int32, size: Int, path: String
  ) throws(MapError) -> MapTrailer {
    let end = try read(descriptor, count: MapTrailer.count, at: size - MapTrailer.count, path: path)
    guard let trailer = MapTrailer(end[...]) else {
      let magic = MapLayout.lmdbMagic
      let start = try read(
        descriptor, count: magic.count, at: MapLayout.lmdbMagicOffset, path: path)
      throw MapError(path, .foreign(lmdb: start == magic))
    }
    let found = UInt64(size - MapTrailer.count)
    if trailer.length != found {
      throw MapError(path, .length(told: trailer.length, found: found))
    }
    return trailer
  }

  private static func read(
    _ descriptor: Int32, count: Int, at offset: Int, path: String
  ) throws(MapError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let done = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe pread(descriptor, buffer.baseAddress, count, offset)
    }
    if done < 0 { throw MapError(path, .system(attempt: "read it", number: errno)) }
    if done < count { throw MapError(path, .changed) }
    return bytes
  }

  private static func digest(
    of descriptor: Int32, length: Int, copyingTo copy: Int32, path: String,
    progress: (_ done: Int, _ total: Int) -> Void
  ) throws(MapError) -> [UInt8] {
    var digest = Digest()
    var buffer = [UInt8](repeating: 0, count: chunk)
    var done = 0
    while done < length {
      let count = min(Descriptor.read(descriptor, into: &buffer, at: 0), length - done)
      if count < 0 {
        throw MapError(path, .system(attempt: "read it", number: Int32(-count)))
      }
      if count == 0 { throw MapError(path, .changed) }
      digest.update(buffer.span.extracting(..<count))
      if copy >= 0 {
        let trouble = Descriptor.writeAll(buffer.span.extracting(..<count), to: copy)
        if trouble != 0 {
          throw MapError(path, .system(attempt: "write a private copy of it", number: trouble))
        }
      }
      done += count
      progress(done, length)
    }
    return digest.finish()
  }
}

/// A descriptor that is closed when nobody needs it any more; negative: none.
private final class OpenFile {
  let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

/// A file without a name, that no other process can open and overwrite.
private enum PrivateCopy {
  /// In TMPDIR, else /tmp, else in memory; negative with `errno` if none will do.
  static func create() -> Int32 {
    // A macro of Glibc that Swift does not import: __O_TMPFILE | O_DIRECTORY.
    let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY
    let chosen = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) }
    for directory in [chosen, "/tmp", "/dev/shm"].compactMap({ $0 }) {
      let descriptor = unsafe open(directory, O_RDWR | O_CLOEXEC | unnamed, 0o600)
      if descriptor >= 0 { return descriptor }
    }
    return -1
  }
}

extension [UInt8] {
  /// Two lower-case digits a byte.
  var hexadecimal: String {
    let digits = Array<Character>("0123456789abcdef")
    return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}

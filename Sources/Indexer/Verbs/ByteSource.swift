import Glibc
import Shared

/// A file or standard input, read in pieces.
struct ByteSource: ~Copyable {
  /// The path as given; `-` is standard input.
  let path: String
  /// What messages call it.
  var name: String { path == "-" ? "standard input" : path }
  private let descriptor: Int32
  /// Which file this is, whatever names it has.
  var identity: Identity { state.identity }
  /// When it was opened.
  let state: FileState
  let kind: Kind

  /// Device and inode.
  struct Identity: Hashable {
    let device: UInt
    let inode: UInt
  }

  enum Kind {
    case file, directory
    /// A pipe or a terminal: readable once, and it may never end.
    case stream
  }

  /// The system's words for what went wrong.
  struct Failure: Error {
    let code: Int32
    var text: String { unsafe String(cString: strerror(code)) }
  }

  private init(path: String, descriptor: Int32, state: FileState, kind: Kind) {
    self.path = path
    self.descriptor = descriptor
    self.state = state
    self.kind = kind
  }

  /// Opens `path` for reading.
  ///
  /// - Parameter waits: Whether to wait for a named pipe's writer. Without, any pipe opens at once,
  ///   to be told from a file by its `kind`.
  static func open(_ path: String, waits: Bool = true) throws(Failure) -> ByteSource {
    let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (waits ? 0 : O_NONBLOCK)
    let descriptor = path == "-" ? dup(0) : unsafe Glibc.open(path, flags)
    guard descriptor >= 0 else { throw Failure(code: errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      Glibc.close(descriptor)
      throw Failure(code: code)
    }
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .directory
      default: .stream
      }
    return ByteSource(path: path, descriptor: descriptor, state: FileState(status), kind: kind)
  }

  /// Whether the file is still as it was when it was opened, and a later change would show.
  var isSettled: Bool {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return false }
    return FileState(status) == state && state.isSettled
  }

  deinit { Glibc.close(descriptor) }

  /// Fills `buffer` from `start` on; the number of bytes read, 0 at the end.
  func read(into buffer: inout [UInt8], from start: Int = 0) throws(Failure) -> Int {
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Glibc.read(descriptor, bytes.baseAddress! + start, bytes.count - start)
      }
      if count >= 0 { return count }
      guard errno == EINTR else { throw Failure(code: errno) }
    }
  }

  /// As large as Linux reads ahead for one file.
  static let blockSize = 256 << 10

  /// Hands on what is left, block by block.
  func readAll(_ body: (_ block: Span<UInt8>) throws(Complaints) -> Void) throws(Complaints) {
    var block = [UInt8](repeating: 0, count: Self.blockSize)
    while true {
      let count: Int
      do throws(Failure) {
        count = try read(into: &block)
      } catch {
        throw Complaints(Complaint(place: path, message: error.text))
      }
      if count == 0 { return }
      try body(block.span.extracting(..<count))
    }
  }

  /// Opens `path` for reading all of it.
  static func opened(_ path: String) throws(Complaints) -> ByteSource {
    do throws(Failure) {
      return try open(path)
    } catch {
      throw Complaints(Complaint(place: path, message: error.text))
    }
  }

  /// The names in the directory `path`, sorted by bytes.
  static func names(inDirectory path: String) throws(Failure) -> [String] {
    guard let directory = unsafe opendir(path) else { throw Failure(code: errno) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { characters in
          unsafe String(cString: characters)
        }
      }
      names.append(name)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

import Glibc
import Shared

/// A sorted run on disk, in a file without a name: whatever happens, nothing is left of it.
///
/// Records: line (UInt64) | partition (UInt32) | bytes of the user (UInt32) | the user; little-endian.
final class RunFile {
  /// Bytes read or written at once. As many runs as `ExternalSort.fanIn` are read together.
  private static let chunk = 256 << 10
  private static let recordHead = 16

  /// The user of the current record.
  private(set) var user: [UInt8] = []
  /// The partition of the current record.
  private(set) var partition: Partition = 0
  /// The line of the current record.
  private(set) var line = 0

  private let directory: String
  private let descriptor: Int32
  /// While writing: what is not on disk yet. While reading: what is read.
  private var buffer: [UInt8] = []
  private var next = 0
  private var end = 0
  /// Bytes on disk.
  private var size = 0

  init(in directory: String) throws(CompilationError) {
    self.directory = directory
    do throws(FileError) {
      descriptor = try UnnamedFile.create(in: directory)
    } catch {
      throw .write(error)
    }
  }

  deinit { close(descriptor) }

  func write(_ user: Span<UInt8>, _ partition: Partition, line: Int) throws(CompilationError) {
    append(UInt64(line))
    append(partition)
    append(UInt32(user.count))
    buffer.append(copying: user)
    if buffer.count >= Self.chunk { try flush() }
  }

  /// Ends the writing; `read` starts at the first record.
  func rewind() throws(CompilationError) {
    try flush()
    if lseek(descriptor, 0, SEEK_SET) != 0 { throw Self.trouble(directory, "rewind", errno) }
    buffer = []
  }

  /// Makes the next record the current one; false at the end.
  func read() throws(CompilationError) -> Bool {
    guard try fill(Self.recordHead) else { return false }
    line = Int(number(UInt64.self))
    partition = number(UInt32.self)
    let count = Int(number(UInt32.self))
    guard try fill(count) else { throw Self.trouble(directory, "read back", EIO) }
    user.replace(with: buffer.span.extracting(next..<next + count))
    next += count
    return true
  }
}

extension RunFile {
  private static func trouble(_ directory: String, _ verb: String, _ number: Int32)
    -> CompilationError
  {
    .write(
      FileError(path: directory, attempt: "\(verb) a temporary file there", number: number))
  }

  private func flush() throws(CompilationError) {
    let trouble = Descriptor.writeAll(buffer.span, to: descriptor)
    if trouble != 0 { throw Self.trouble(directory, "write", trouble) }
    size += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  private func append(_ number: some FixedWidthInteger & UnsignedInteger) {
    for shift in stride(from: 0, to: number.bitWidth, by: 8) {
      buffer.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  private func number<N: FixedWidthInteger & UnsignedInteger>(_: N.Type) -> N {
    var number: N = 0
    for place in 0..<(N.bitWidth / 8) { number |= N(buffer[next + place]) << (8 * place) }
    next += N.bitWidth / 8
    return number
  }

  /// Has at least `count` bytes from `next` on; false if the file ends before.
  private func fill(_ count: Int) throws(CompilationError) -> Bool {
    // Made only when it is read: many runs wait for that.
    if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: min(Self.chunk, size)) }
    while end - next < count {
      if buffer.count < count { return false }
      buffer.moveToFront(next..<end)
      (next, end) = (0, end - next)
      let done = Descriptor.read(descriptor, into: &buffer, at: end)
      if done < 0 { throw Self.trouble(directory, "read back", Int32(-done)) }
      if done == 0 { return false }
      end += done
    }
    return true
  }
}

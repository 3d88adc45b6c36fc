import Glibc
import Shared

/// The lines of a file or pipe, through one buffer.
struct LineInput: ~Copyable {
  /// Bytes asked of the system at once.
  private static let chunk = 1 << 20
  /// A line of the header may name a primary for each of very many partitions.
  private static let longestLine = DatabaseHeader.maximumBytes

  /// Holds the line that `next` told.
  private(set) var buffer: [UInt8]
  /// The number of that line, 1-based.
  private(set) var number = 0
  /// Bytes read from the system so far.
  private(set) var bytesRead: UInt64 = 0

  private let descriptor: Int32
  private let name: String
  private let stop: () -> Bool
  private var start = 0
  private var end = 0

  /// Reads from where the descriptor stands; does not close it. `name` is for messages. `stop` is
  /// asked when a signal interrupts a read.
  init(descriptor: Int32, name: String, stop: @escaping () -> Bool) {
    self.descriptor = descriptor
    self.name = name
    self.stop = stop
    buffer = [UInt8](repeating: 0, count: Self.chunk)
  }

  /// The place of the current line, for messages.
  var place: SourcePlace { SourcePlace(file: name, line: number) }

  /// Where in `buffer` the next line stands, without its newline; nil at the end.
  mutating func next() throws(CompilationError) -> Range<Int>? {
    var searched = start
    while true {
      if let newline = firstNewline(in: searched..<end) {
        defer { start = newline + 1 }
        number += 1
        return start..<newline
      }
      searched = end - start
      try makeRoom()
      let count = Descriptor.read(descriptor, into: &buffer, at: end, stop: stop)
      if count == Int(-EINTR) { throw .interrupted }
      if count < 0 {
        throw .read(FileError(path: name, attempt: "read it", number: Int32(-count)))
      }
      if count == 0 {
        if end == 0 { return nil }
        number += 1
        throw .input(
          Complaints(
            Complaint(
              at: place, "the file ends without a newline; expected one (was it cut short?)")))
      }
      end += count
      bytesRead += UInt64(count)
    }
  }

  /// Puts back the line that was told last.
  mutating func unread(_ line: Range<Int>) {
    precondition(line.upperBound + 1 == start, "not the last line")
    start = line.lowerBound
    number -= 1
  }

  /// Moves what is left to the front; a line that fills the buffer makes it larger.
  private mutating func makeRoom() throws(CompilationError) {
    let rest = end - start
    if start > 0 {
      buffer.moveToFront(start..<end)
      start = 0
      end = rest
    }
    guard end == buffer.count else { return }
    if buffer.count >= Self.longestLine {
      number += 1
      throw .input(
        Complaints(Complaint(at: place, "a line of more than \(Self.longestLine) bytes")))
    }
    buffer += [UInt8](repeating: 0, count: buffer.count)
  }

  private func firstNewline(in range: Range<Int>) -> Int? {
    if range.isEmpty { return nil }
    return unsafe buffer.withUnsafeBytes { bytes in
      let base = unsafe bytes.baseAddress.unsafelyUnwrapped
      let found = unsafe memchr(base + range.lowerBound, Int32(UInt8(ascii: "\n")), range.count)
      return unsafe found.map { unsafe UnsafeRawPointer($0) - base }
    }
  }
}

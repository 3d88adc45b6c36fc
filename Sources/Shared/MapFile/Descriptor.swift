import Glibc

/// Reading and writing of whole buffers by file descriptor.
public enum Descriptor {
  /// Writes all of `bytes`; returns 0 or an `errno`. A write cut short by a signal goes on.
  public static func writeAll(_ bytes: Span<UInt8>, to descriptor: Int32) -> Int32 {
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let written = unsafe write(
          descriptor, buffer.baseAddress.unsafelyUnwrapped + done, buffer.count - done)
        if written >= 0 {
          done += written
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }

  /// Reads until `buffer` is full or the file ends; returns the bytes read, or an `errno` negated.
  ///
  /// `stop` is asked before, while nothing comes, and when a signal arrives; true gives `-EINTR`.
  public static func read(
    _ descriptor: Int32, into buffer: inout [UInt8], at start: Int, stop: () -> Bool = { false }
  ) -> Int {
    unsafe buffer.withUnsafeMutableBytes { buffer in
      while true {
        if !waits(descriptor, stop) { return Int(-EINTR) }
        let count = unsafe Glibc.read(
          descriptor, buffer.baseAddress.unsafelyUnwrapped + start, buffer.count - start)
        if count >= 0 { return count }
        if errno != EINTR || stop() { return Int(-errno) }
      }
    }
  }

  /// Waits until there is something to read; false if it is to stop. In short waits, because a signal may come between
  /// the question and the wait, where it interrupts nothing.
  private static func waits(_ descriptor: Int32, _ stop: () -> Bool) -> Bool {
    var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    repeat {
      if stop() { return false }
    } while unsafe poll(&question, 1, shortWait) == 0
    return true
  }

  /// In ms: nobody notices that a verb ends this much after Ctrl-C.
  private static let shortWait: Int32 = 100

  /// The largest file that `contents` reads, in bytes: what people write is far smaller.
  public static let largestText = 64 << 20

  /// A whole file, such as a configuration. A pipe is read to its end.
  public static func contents(of path: String) throws(FileError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    if descriptor < 0 {
      throw FileError(path: path, attempt: FileError.opening, number: errno)
    }
    defer { close(descriptor) }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, into: &buffer, at: 0)
      if count == 0 { return contents }
      if count < 0 { throw FileError(path: path, attempt: "read it", number: Int32(-count)) }
      contents += buffer[..<count]
      if contents.count > largestText {
        throw FileError(path: path, attempt: "read it", number: EFBIG)
      }
    }
  }
}

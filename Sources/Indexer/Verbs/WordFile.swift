import Glibc
import Rosters
import Shared

/// A file of words, open for reading.
final class WordFile: WordSource {
  let count: Int
  private let path: String
  private let descriptor: Int32

  /// Nil where there is no such file, or none that could be one; `errno` tells.
  init?(_ path: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)
    var status = stat()
    guard descriptor >= 0 else { return nil }
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      return nil
    }
    self.path = path
    self.descriptor = descriptor
    count = Int(status.st_size) / MemoryLayout<UInt64>.stride
  }

  deinit { close(descriptor) }

  func read(at start: Int, count: Int, into words: inout [UInt64]) throws(Complaint) {
    let number = Self.read(descriptor, at: start, count: count, into: &words)
    if number != 0 {
      throw Complaint(
        place: path, message: "cannot read it: \(unsafe String(cString: strerror(number)))")
    }
  }

  /// Reads `count` words from the word `start` on; 0 or an `errno`.
  static func read(
    _ descriptor: Int32, at start: Int, count: Int, into words: inout [UInt64]
  ) -> Int32 {
    precondition(count <= words.count)
    let (size, from) = (count * MemoryLayout<UInt64>.stride, start * MemoryLayout<UInt64>.stride)
    return unsafe words.withUnsafeMutableBytes { bytes in
      var done = 0
      while done < size {
        let count = unsafe pread(descriptor, bytes.baseAddress! + done, size - done, from + done)
        if count == 0 { return EIO }
        if count < 0, errno != EINTR { return errno }
        done += max(count, 0)
      }
      return 0
    }
  }
}

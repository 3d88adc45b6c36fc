import Glibc
import MapFile
import Rosters
import Shared

/// Where entries go that do not fit into memory: a file without a name, so that nothing is left of it, whatever happens.
final class SpillFile: Spill {
  private(set) var count = 0
  private let directory: String
  private let descriptor: Int32
  private let trouble: Trouble

  /// Whether a spill is what went wrong: that is no fault of the rosters.
  final class Trouble {
    fileprivate(set) var error: FileError?
  }

  init(in directory: String, _ trouble: Trouble) throws(Complaint) {
    self.directory = directory
    self.trouble = trouble
    do throws(FileError) {
      descriptor = try UnnamedFile.create(in: directory)
    } catch {
      trouble.error = error
      throw Self.complaint(error)
    }
  }

  deinit { close(descriptor) }

  func append(_ words: Span<UInt64>) throws(Complaint) {
    let number = unsafe words.withUnsafeBytes { bytes in
      unsafe Descriptor.writeAll(bytes.assumingMemoryBound(to: UInt8.self).span, to: descriptor)
    }
    if number != 0 { throw failure("write", number) }
    count += words.count
  }

  func read(at start: Int, count: Int, into words: inout [UInt64]) throws(Complaint) {
    let number = WordFile.read(descriptor, at: start, count: count, into: &words)
    if number != 0 { throw failure("read back", number) }
  }

  private func failure(_ verb: String, _ number: Int32) -> Complaint {
    let error = FileError(
      path: directory, attempt: "\(verb) a temporary file there", number: number)
    trouble.error = error
    return Self.complaint(error)
  }

  private static func complaint(_ error: FileError) -> Complaint {
    Complaint(
      place: error.path,
      message: "cannot \(error.attempt): \(unsafe String(cString: strerror(error.number)))")
  }
}

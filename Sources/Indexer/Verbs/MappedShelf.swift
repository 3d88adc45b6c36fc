import ArgumentParser
import Glibc
import MapFile
import Partitioning

/// Rows of a graph in a file without a name, of which nothing is left, whatever happens. Once filled it is mapped: the system keeps
/// in memory what there is room for.
@safe final class MappedShelf: Shelf {
  private let directory: String
  private let descriptor: Int32
  private var byteCount = 0

  /// The directory and its file system are what may be wrong: then the command ends, and says so.
  init(in directory: String) {
    self.directory = directory
    do throws(FileError) {
      descriptor = try UnnamedFile.create(in: directory)
    } catch {
      Self.end(error)
    }
  }

  deinit { close(descriptor) }

  func append(_ bytes: RawSpan) {
    let number = unsafe bytes.withUnsafeBytes { bytes in
      unsafe Descriptor.writeAll(bytes.assumingMemoryBound(to: UInt8.self).span, to: descriptor)
    }
    if number != 0 { fail("write", number) }
    byteCount += bytes.byteCount
  }

  func finish() -> Room {
    let length = max(1, byteCount)
    if ftruncate(descriptor, length) != 0 { fail("write", errno) }
    guard
      let start = unsafe mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0),
      unsafe start != MAP_FAILED
    else { fail("map", errno) }
    return unsafe Room(start: start, byteCount: length) { start in unsafe munmap(start, length) }
  }

  private func fail(_ verb: String, _ number: Int32) -> Never {
    Self.end(
      FileError(path: directory, attempt: "\(verb) a temporary file there", number: number))
  }

  private static func end(_ error: FileError) -> Never {
    let code = error.isOfPlace ? ExitStatus.cannotCreate : ExitStatus.ioError
    Generate.exit(withError: Output.complain(error.description, code))
  }
}

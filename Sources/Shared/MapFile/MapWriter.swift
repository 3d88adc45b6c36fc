import Glibc
public import Shared

/// Writes a map from users in ascending order, in memory that does not grow with them.
///
/// 1. Users come in ascending byte order, each once, canonical (the caller's business), partitions
///    in 1...`header.partitions`.
/// 2. `publish` replaces the map at `path` as `AtomicFile` says; whatever fails before, and a
///    writer that goes away without, leaves it untouched.
/// 3. The same header and users give the same bytes.
public struct MapWriter: ~Copyable {
  /// How many users were added.
  public private(set) var users: UInt64 = 0

  private var file: AtomicFile
  private var load: BulkLoad
  private let partitions: Partition
  private var previous: [UInt8] = []

  /// Bytes read at once to compute the digest.
  private static let chunk = 1 << 20

  /// Creates the new file beside `path`; `partitions` is the highest that a user may have.
  public init(
    replacing path: String, partitions: Partition, files: FileOperations = .system
  ) throws(MapWriterError) {
    let file: AtomicFile
    let load: BulkLoad
    do {
      file = try AtomicFile(replacing: path, mode: 0o444, files: files)
    } catch {
      throw .file(error)
    }
    do {
      load = try BulkLoad.into(file.temporaryPath)
    } catch {
      throw Self.trouble(error, file)
    }
    self.file = file
    self.load = load
    self.partitions = partitions
  }

  /// Adds a user.
  public mutating func add(_ user: Span<UInt8>, _ partition: Partition) throws(MapWriterError) {
    if partition == 0 || partition > partitions {
      throw .partition(partition, highest: partitions)
    }
    if users > 0 {
      let order = ByteOrder.compare(previous.span, user)
      if order == 0 { throw .duplicate }
      if order > 0 { throw .notAscending(previous: String(decoding: previous, as: UTF8.self)) }
    }
    let added: Bool
    do {
      added = try load.add(user, partition)
    } catch {
      throw Self.trouble(error, file)
    }
    precondition(added, "LMDB finds an order that we do not")
    previous.replace(with: user)
    users += 1
  }

  /// Writes the header and the trailer and puts the map in its place. The writer is done
  /// afterwards.
  public mutating func publish(header: DatabaseHeader) throws(MapWriterError) -> Map.Identity {
    precondition(header.partitions == partitions, "the header changed its partitions")
    precondition(header.users == nil || header.users == users, "the header changed its users")
    let length: Int
    do {
      length = try load.finish(meta: [
        (.format, LittleEndian.bytes(of: MapLayout.format)),
        (.profile, Array(header.profile.rawValue.utf8)),
        (.users, LittleEndian.bytes(of: users)),
        (.partitions, LittleEndian.bytes(of: partitions)),
        (.header, Array(header.text.utf8)),
      ])
    } catch {
      throw Self.trouble(error, file)
    }
    do {
      let digest = try digest(length: length)
      try file.write(MapTrailer(length: UInt64(length), digest: digest).bytes)
      try file.publish()
      return Map.Identity(digest)
    } catch {
      throw .file(error)
    }
  }

  /// LMDB's positive numbers are the system's.
  private static func trouble(
    _ error: LMDBError, _ file: borrowing AtomicFile
  ) -> MapWriterError {
    guard error.number > 0 else { return .database("\(file.path): \(error)") }
    // To LMDB every write cut short is EIO; the next one tells why it was.
    var number = error.number
    if number == EIO, lseek(file.descriptor, 0, SEEK_END) >= 0 {
      let page = [UInt8](repeating: 0, count: chunk)
      let why = Descriptor.writeAll(page.span, to: file.descriptor)
      if why != 0 { number = why }
    }
    return .file(FileError(path: file.path, attempt: "write it", number: number))
  }

  /// The digest of the file, cut or filled up to `length`; afterwards the file is at its end.
  private func digest(length: Int) throws(FileError) -> [UInt8] {
    // LMDB may not have written a last page that it gave up again.
    if ftruncate(file.descriptor, length) != 0 {
      throw FileError(path: file.path, attempt: "set its length", number: errno)
    }
    var digest = Digest()
    var buffer = [UInt8](repeating: 0, count: Self.chunk)
    var done = 0
    while done < length {
      let count = Descriptor.read(file.descriptor, into: &buffer, at: 0)
      if count <= 0 {
        let number = count < 0 ? Int32(-count) : EIO
        throw FileError(path: file.path, attempt: "read it back", number: number)
      }
      digest.update(buffer.span.extracting(..<count))
      done += count
    }
    return digest.finish()
  }
}

/// Why a map was not written. What was at its path is untouched (but see `AtomicFile.publish`).
public enum MapWriterError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The user stands before its predecessor in byte order.
  case notAscending(previous: String)
  /// The user is the one before.
  case duplicate
  /// A partition that the header does not allow.
  case partition(Partition, highest: Partition)
  /// The operating system refused.
  case file(FileError)
  /// LMDB refused, with the path and in its words.
  case database(String)

  /// What is wrong and what was expected.
  public var description: String {
    switch self {
    case .notAscending(let previous):
      "out of order: it belongs before `\(previous)`; expected ascending bytes (LC_ALL=C sort)"
    case .duplicate: "the same user as in the line before; expected each once"
    case .partition(let partition, let highest):
      "partition \(partition); expected 1 to \(highest), as the header says"
    case .file(let error): error.description
    case .database(let words): words
    }
  }
}

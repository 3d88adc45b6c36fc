import CLMDB
public import Shared
import Synchronization

/// An open, verified, immutable map. Any number of readers on any threads.
///
/// 1. The digest of all its bytes was computed and is the one in its trailer.
/// 2. What is mapped is the very file that was verified (by descriptor, never by name again).
/// 3. All its pages are in memory when `init` returns, so far as memory permits.
/// 4. Nobody writes to it. With `Source.shared` that is everybody's promise (`AtomicFile`); with
///    `Source.privateCopy` nobody can.
@safe public final class Map: @unchecked Sendable {
  /// What tells one map from another: the SHA-256 of all that precedes the trailer.
  public struct Identity: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
      precondition(bytes.count == Digest.count)
      self.bytes = bytes
    }

    /// 64 hexadecimal digits.
    public var description: String { bytes.hexadecimal }
  }

  /// Which file is mapped.
  public enum Source: Sendable {
    /// The published file itself; all processes of the machine share its pages.
    case shared
    /// A copy without a name, made while verifying; nobody can overwrite it.
    case privateCopy
  }

  /// The path that it was opened by.
  public let path: String
  /// The digest.
  public let identity: Identity
  /// The header of the `redirect.db` that it was compiled from, word for word.
  public let header: DatabaseHeader
  /// How many users it has.
  public let users: UInt64
  /// The highest partition that a user may have.
  public let partitions: Partition
  /// The version of its format.
  public let format: UInt32
  /// Bytes of the file, with its trailer.
  public let size: Int

  let environment: OpaquePointer
  let usersDatabase: MDB_dbi
  private let life: Mutex<Life>

  /// The environment is closed by whoever comes last: `close`, or a reader that outlives it.
  private struct Life {
    var readers = 0
    var isClosed = false
  }

  /// Opens and verifies a map and brings its pages into memory. Takes seconds: never on a worker.
  ///
  /// `profile` nil takes any. `progress` gets the bytes read so far and the bytes there are.
  public init(
    path: String, source: Source = .shared, profile: JIDProfile? = nil,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(MapError) {
    let file = try VerifiedFile(path: path, source: source, progress: progress)
    let opened = try OpenedMap(file, path: path)
    do throws(MapError) {
      let contents = try MapContents(opened, path: path, profile: profile)
      (header, users, partitions, format) =
        (contents.header, contents.users, contents.partitions, contents.format)
      // Last, because only now is it certain that the pages are wanted.
      guard contents.populate(length: file.length), file.isWhole() else {
        throw MapError(path, .changed)
      }
    } catch {
      unsafe mdb_env_close(opened.environment)
      throw error
    }
    self.path = path
    identity = Identity(file.digest)
    size = file.length + MapTrailer.count
    unsafe environment = opened.environment
    usersDatabase = opened.users
    life = Mutex(Life())
  }

  /// Unmaps the file. Takes milliseconds: never on a worker. Readers that are left keep the
  /// mapping; the last one that closes then unmaps it.
  public func close() {
    let isLast = life.withLock { life in
      defer { life.isClosed = true }
      return !life.isClosed && life.readers == 0
    }
    if isLast { unsafe mdb_env_close(environment) }
  }

  deinit { close() }

  func addReader() throws(MapError) {
    let isClosed = life.withLock { life in
      if !life.isClosed { life.readers += 1 }
      return life.isClosed
    }
    if isClosed { throw MapError(path, .closed) }
  }

  func removeReader() {
    let isLast = life.withLock { life in
      life.readers -= 1
      return life.isClosed && life.readers == 0
    }
    if isLast { unsafe mdb_env_close(environment) }
  }
}

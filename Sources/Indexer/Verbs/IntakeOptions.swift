import ArgumentParser
import Glibc
import Partitioning
import Rosters
import Shared

/// What reading may take, and what it may keep for the next time.
struct IntakeOptions: ParsableArguments {
  @Option(
    help: """
      Memory for what the rosters say of pairs of users, such as 8G; the rest waits in temporary \
      files, and large graphs lie there while they are cut. Names and what is known of each user \
      come on top. Default: half of the machine's or the container's.
      """)
  var memory: ByteCount?

  @Option(
    help: """
      The directory of those temporary files, of which nothing stays. Default: TMPDIR, else \
      \(Self.defaultSpill).
      """)
  var spill: String?

  @Option(
    help: """
      A directory that keeps what rosters said, so that the next run reads only those that have \
      changed. Made if it is not there.
      """)
  var inputCache: String?

  @Flag(help: "Only read the rosters and say what they hold; nothing is cut or written.")
  var onlyRead = false

  private static let defaultSpill = "/var/tmp"
  /// Below that the pieces in which entries come and go are what takes the memory.
  private static let leastMemory = 16 << 20

  func validate() throws {
    if let memory, memory.bytes < Self.leastMemory {
      throw ValidationError(
        "--memory \(memory): expected \(ByteCount(bytes: Self.leastMemory)) or more")
    }
  }

  /// Rosters are read in this manner.
  func manner(format: RosterFormat?, domains: [Domain], profile: JIDProfile) -> RosterFiles.Manner {
    RosterFiles.Manner(
      format: format, domains: domains, profile: profile,
      memory: bytes, spillDirectory: spillDirectory, cacheDirectory: inputCache)
  }

  /// Where the rows of the graph lie.
  var storage: Storage {
    let directory = spillDirectory
    return Storage(memory: bytes) { MappedShelf(in: directory) }
  }

  private var bytes: Int { memory?.bytes ?? MachineMemory.bytes / 2 }

  private var spillDirectory: String {
    if let spill { return spill }
    guard let named = unsafe getenv("TMPDIR") else { return Self.defaultSpill }
    let path = unsafe String(cString: named)
    return path.isEmpty ? Self.defaultSpill : path
  }
}

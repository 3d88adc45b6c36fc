import Glibc
import MapFile
import Partitioning
import Rosters
import Shared

/// The `redirect.db` that `generate` writes.
struct GeneratedDatabase {
  let path: String
  var header = DatabaseHeader()
  private let users: UserNames
  private let found: Partitions

  /// Lines are collected to so many bytes before they are written: more gains nothing.
  private static let blockSize = 1 << 20

  /// A header names so many domains; a pool that hosts a million would make it too long to be read.
  private static let mostDomains = 100

  /// Its generation is one above that of the file it replaces and of the `redirect.db` beside it.
  init(path: String, users: UserNames, partitions: Partitions) {
    self.path = path
    self.users = users
    found = partitions
    let last = max(
      PreviousGeneration.read(from: path),
      PreviousGeneration.read(from: FilePlace.beside(path, "redirect.db")))
    header.generation = last == .max ? last : last + 1
  }

  /// Adds what was asked for and what was found.
  mutating func describe(_ limits: Limits, primaries: [String]?, seed: UInt64) {
    header.partitions = Partition(limits.partitions)
    header.primaries = primaries
    header.users = UInt64(users.count)
    header["ties"] = String(found.ties)
    header["networks"] = String(found.networks)
    header["partition-size"] = String(limits.partitionSize)
    header["imbalance"] = limits.imbalance.description
    header["largest"] = String(found.largest)
    header["smallest"] = String(found.smallest)
    header["cut"] = Report.decimal(found.cutShare, digits: 6)
    header["weight-cut"] = Report.decimal(found.cutWeightShare, digits: 6)
    header["seed"] = String(seed)
    header["domains"] = domains().joined(separator: ", ")
  }

  /// Puts the file in its place, whole or not at all; a signal stops it before.
  func write() throws {
    Interruption.watch()
    do throws(FileError) {
      var file = try AtomicFile(replacing: path, mode: 0o644)
      var block = Array(header.text.utf8)
      for index in users.indices {
        users.withBytes(of: index) { name in
          DatabaseLine.append(user: name, partition: found.partitionOf[index] + 1, to: &block)
        }
        guard block.count >= Self.blockSize else { continue }
        if Interruption.isRequested { break }
        try file.write(block)
        block.removeAll(keepingCapacity: true)
      }
      if !Interruption.isRequested {
        try file.write(block)
        try file.publish()
      }
    } catch {
      let code = error.isOfPlace ? ExitStatus.cannotCreate : ExitStatus.ioError
      throw Output.complain(error.description, code)
    }
    if Interruption.isRequested { Interruption.end() }
  }

  /// The domains of the users, in byte order.
  private func domains() -> [String] {
    var domains: Set<ArraySlice<UInt8>> = []
    var last: ArraySlice<UInt8> = []
    for name in users {
      guard let at = name.firstIndex(of: UInt8(ascii: "@")) else { continue }
      let domain = name[(at + 1)...]
      if domain == last { continue }
      domains.insert(domain)
      last = domain
    }
    let sorted = domains.sorted { $0.lexicographicallyPrecedes($1) }
    let named = sorted.prefix(Self.mostDomains).map { String(decoding: $0, as: UTF8.self) }
    return named + (sorted.count > named.count ? ["\(sorted.count - named.count) more"] : [])
  }
}

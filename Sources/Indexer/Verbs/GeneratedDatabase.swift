import MapFile
import Partitioning
import Rosters
import Shared

/// The `redirect.db` that `generate` writes.
struct GeneratedDatabase: GeneratedText {
  let path: String
  var header = DatabaseHeader()
  private let users: UserNames
  private let placement: Placement

  /// A header names so many domains; a pool that hosts a million would make it too long to be read.
  private static let mostDomains = 100

  /// Its generation is one above that of the file it replaces and of the `redirect.db` beside it.
  init(path: String, users: UserNames, placement: Placement) {
    self.path = path
    self.users = users
    self.placement = placement
    let last = max(
      PreviousGeneration.read(from: path),
      PreviousGeneration.read(from: FilePlace.beside(path, "redirect.db")))
    header.generation = last == .max ? last : last + 1
  }

  /// Adds what was asked for and what was found.
  mutating func describe(_ limits: Limits, _ found: PlacementFindings, seed: UInt64) {
    header.partitions = Partition(found.partitions.count)
    if limits.pool.isNamed {
      header.primaries = placement.nodeOf.map { placement.nodes[Int($0)].name }
    }
    header.users = UInt64(users.count)
    header["ties"] = String(found.all.ties)
    header["networks"] = String(found.networks.count)
    header["partition-size"] = String(limits.partitionSize)
    header["imbalance"] = limits.imbalance.description
    header["largest"] = String(found.largest)
    header["smallest"] = String(found.smallest)
    header["cut"] = Report.decimal(found.betweenPartitions.share(of: found.all), digits: 6)
    header["weight-cut"] = Report.decimal(
      found.betweenPartitions.weightShare(of: found.all), digits: 6)
    if limits.pool.isNamed {
      let between = found.betweenNodes
      header["node-cut"] = Report.decimal(between.share(of: found.all), digits: 6)
      header["node-weight-cut"] = Report.decimal(between.weightShare(of: found.all), digits: 6)
    }
    header["seed"] = String(seed)
    header["domains"] = domains().joined(separator: ", ")
  }

  func append(to file: inout OutputFile) throws(FileError) -> Bool {
    guard try file.add({ $0 += Array(header.text.utf8) }) else { return false }
    for index in users.indices {
      let goesOn = try file.add { block in
        users.withBytes(of: index) { name in
          DatabaseLine.append(user: name, partition: placement.partitionOf[index] + 1, to: &block)
        }
      }
      if !goesOn { return false }
    }
    return true
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

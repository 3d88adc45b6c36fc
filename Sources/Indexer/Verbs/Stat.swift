import ArgumentParser
import MapFile
import Shared

/// `rdadmin stat`
struct Stat: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells what a map is.",
    discussion: """
      One line each: format, generation, created, profile, set (if it has them), users, \
      partitions, size in bytes, and the digest, which tells one map from another.

      Example:
        rdadmin stat redirect.mdb
        rdadmin stat --partitions redirect.mdb
      """)

  @Argument(help: "The map.")
  var map: String

  @Flag(help: "Count the users of each partition: the fewest, the mean and the most.")
  var partitions = false

  func run() throws {
    let map = try OpenMap.open(map)
    var lines: [(key: String, value: String?)] = [
      ("format", String(map.format)),
      ("generation", map.header["generation"]),
      ("created", map.header.created),
      ("profile", map.header.profile.rawValue),
      ("set", map.header.set),
      ("users", String(map.users)),
      ("partitions", String(map.partitions)),
      ("size", String(map.size)),
      ("digest", map.identity.description),
    ]
    if partitions {
      let sizes = PartitionSizes(try OpenMap.reader(of: map))
      let mean = Double(map.users) / Double(map.partitions)
      let tenths = Int((mean * 10).rounded())
      lines.append(("fewest users", String(sizes.fewest)))
      lines.append(("mean users", "\(tenths / 10).\(tenths % 10)"))
      lines.append(("most users", String(sizes.most)))
    }
    for case (let key, let value?) in lines { try Output.say("\(key): \(value)") }
  }
}

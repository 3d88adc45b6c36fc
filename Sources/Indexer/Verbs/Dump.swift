import ArgumentParser
import MapFile
import Shared

/// `rdadmin dump`
struct Dump: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a map as the redirect.db that it was compiled from, byte for byte.",
    discussion: """
      Example:
        rdadmin dump redirect.mdb | cmp - redirect.db
      """)

  /// Bytes gathered before they are written.
  private static let chunk = 1 << 20

  @Argument(help: "The map.")
  var map: String

  func run() throws {
    let map = try OpenMap.open(map)
    let reader = try OpenMap.reader(of: map)
    var lines = Array(map.header.text.utf8)
    try reader.forEachUser { (user, partition) throws in
      DatabaseLine.append(user: user, partition: partition, to: &lines)
      if lines.count >= Self.chunk {
        try Output.write(lines)
        lines.removeAll(keepingCapacity: true)
      }
    }
    try Output.write(lines)
  }
}

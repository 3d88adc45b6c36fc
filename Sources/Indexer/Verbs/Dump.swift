import ArgumentParser
import MapFile

/// `rdadmin dump`
struct Dump: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a map as the redirect.db that it was compiled from, byte for byte.",
    discussion: """
      Example:
        rdadmin dump redirect.mdb | cmp - redirect.db
      """)

  @Argument(help: "The map.")
  var map: String

  func run() throws {
    let reader = try OpenMap.reader(of: OpenMap.open(map))
    try reader.dump { try Output.write($0) }
  }
}

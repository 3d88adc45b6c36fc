import ArgumentParser
import Glibc
import MapFile
import Shared

/// `rdadmin lookup`
struct Lookup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells the partition of users.",
    discussion: """
      One line a user: user, partition, separated by tabs. The user is written as the map knows \
      it. An unknown user's line has - for its partition. Exit code 1 if any is unknown or is no JID.

      Example:
        rdadmin lookup redirect.mdb alice@example.com bob@example.com
        cut -f1 accounts.tsv | rdadmin lookup redirect.mdb -
      """)

  @Argument(help: "The map.")
  var map: String

  @Argument(help: "Users; - reads them from standard input, one a line.")
  var users: [String]

  func run() throws {
    let map = try OpenMap.open(map)
    let reader = try OpenMap.reader(of: map)
    var allKnown = true
    for argument in users where argument != "-" {
      allKnown = try look(up: Array(argument.utf8), map, reader) && allKnown
    }
    if users.contains("-") {
      while let line = readLine() {
        allKnown = try look(up: Array(line.utf8), map, reader) && allKnown
      }
    }
    if !allKnown { throw ExitStatus.negative }
  }

  /// Writes the line of a user; false if it is unknown or no JID.
  private func look(up name: [UInt8], _ map: Map, _ reader: MapReader) throws -> Bool {
    let user: User
    do {
      user = try User(name.span, profile: map.header.profile)
    } catch {
      Output.note("`\(String(decoding: name, as: UTF8.self))`: \(error)")
      return false
    }
    let partition = reader.partition(of: user.bytes.span)
    try Output.say("\(user)\t\(partition.map { String($0) } ?? "-")")
    return partition != nil
  }
}

import ArgumentParser
import Partitioning
import Rosters

/// Which files `generate` writes.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: """
      The partition of each user. Default: redirect.new.db, with -c beside the configuration's map.
      """)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "A redirect.partitions: the primary node of each partition, then its fallbacks.",
      valueName: "file"))
  var writePartitions: String?

  @Option(
    help: ArgumentHelp(
      "Two tables: the network of each user, and the partitions of each network.",
      valueName: "file"))
  var networks: String?

  @Option(
    help: ArgumentHelp(
      """
      A page that shows what was found (FILE.html), or the same for programs (FILE.json); may be given for both.
      """, valueName: "file"))
  var report: [ReportFile] = []

  /// A report that cannot be written is found out before the work, not after it.
  func requireWritableReports() throws {
    for file in report { try file.requireWritable() }
  }

  /// Without nodes there is nothing to write into a partitions file.
  func requirePool(_ planned: PlannedPool?) throws {
    guard writePartitions != nil, planned == nil else { return }
    throw Output.complain(
      "--write-partitions: no nodes are known; expected -c with redirect.to, or --node",
      ExitStatus.usage)
  }

  /// The outputs must not be what they are made of, nor each other, nor what is written beside them.
  func refuseOwnInput(_ output: String, _ inputs: [String]) throws {
    func refuse(_ words: String) -> any Error { Output.complain(words, ExitStatus.usage) }
    let paths = [output] + [writePartitions, networks].compactMap(\.self) + report.map(\.path)
    for (number, path) in paths.enumerated() {
      guard !path.isEmpty,
        FilePlace.name(path) != Report.logName
      else { throw refuse("\"\(path)\": expected another name for the output") }
      for input in inputs where FilePlace.holds(input, path) {
        throw refuse(
          "\(path): is the input \(input) itself; expected another file for the output")
      }
      for other in paths[..<number] where FilePlace.isSamePlace(other, path) {
        throw refuse("\(path): is two outputs at once; expected a file for each")
      }
    }
  }

  /// What is to be written, `redirect.db` first.
  func texts(
    _ database: GeneratedDatabase, placement: Placement, users: UserNames, networks found: Networks?
  ) -> [any GeneratedText] {
    var texts: [any GeneratedText] = [database]
    if let writePartitions {
      texts.append(
        GeneratedPartitions(path: writePartitions, placement: placement, header: database.header))
    }
    if let networks, let found {
      texts.append(
        GeneratedNetworks(path: networks, users: users, networks: found, placement: placement))
    }
    return texts
  }
}

import ArgumentParser
import Partitioning
import Rosters
import Shared

/// `rdadmin generate`
struct Generate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Cuts the graph of everybody's contacts into partitions.",
    discussion: """
      Reads contact lists, finds the user networks, cuts those that are too large for one \
      partition along their weakest ties, and distributes the users evenly. Writes \
      redirect.new.db, to be looked at and then given to rdadmin compile, and prints a report, \
      which is appended to rdadmin.log beside it.

      The same rosters, limits and seed give the same partitions. With -c the configuration \
      gives the partition size, the domains and the profile where no flag does, and its \
      partitions file the least number of partitions.

      ROSTERS are files of XEP-0227, TSV (user, contact[, weight]), or tables of ejabberd, \
      MongooseIM, Openfire or Prosody; directories of such files; or - for standard input.

      Exit codes: 65 also if the limits cannot be kept; the message names the smallest numbers \
      that work.

      Example:
        rdadmin generate --partitions 16 --partition-size 5300 rosters.tsv
        rdadmin compile redirect.new.db -o redirect.mdb
      """)

  @Argument(help: "Contact lists: files, directories, or - for standard input.")
  var rosters: [String]

  @OptionGroup(title: "Limits")
  var limits: LimitOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Work")
  var work: EffortOptions

  @Option(help: "Another seed gives other, about equally good partitions.")
  var seed: UInt64 = 1

  @Option(help: "The set of files that this belongs to, as in redirect.partitions.")
  var set: String?

  @Option(
    name: .shortAndLong,
    help: """
      What is written. Default: redirect.new.db, with -c beside the configuration's map.
      """)
  var output: String?

  @Option(name: [.customShort("c"), .customLong("config")], help: "The configuration file.")
  var config: String?

  func validate() throws {
    guard let set else { return }
    guard !set.isEmpty, set.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw ValidationError("--set: expected a name without control characters")
    }
  }

  func run() throws {
    let created = try Timestamp.ofBuild()
    let (file, pool) = try readConfiguration()
    let path = output ?? file.map(Self.besideMap) ?? Self.name
    try refuseOwnInput(path, pool)
    let meter = ProgressMeter()
    defer { meter.finish() }
    let (contacts, profile) = try reading.read(rosters, file?.configuration, meter)
    let summary = Report.Reading(contacts)
    let users = contacts.users
    if users.isEmpty {
      throw Output.complain("the rosters name no local user\(summary.words)", ExitStatus.badData)
    }
    let limits = try limits.limits(users: users.count, pool)
    let found = Partitioner.run(
      Self.graph(consume contacts), limits: limits, seed: seed, effort: work.effort,
      team: work.team,
      progress: { step in meter.show("generate: \(step)") })
    meter.finish()

    var database = GeneratedDatabase(path: path, users: users, partitions: found)
    database.header.created = created
    database.header.profile = profile
    database.header.set = set
    database.describe(limits, primaries: pool?.primaries(of: limits.partitions), seed: seed)
    try database.write()
    let report = Report(database.header, found, summary, path: path)
    // The log first: it is there even if nobody reads what is printed.
    try report.append(toLogBeside: path, at: created)
    Interruption.unwatch()
    try Output.write(Array(report.text.utf8))
  }

  /// The output must not be what it is made of, nor what is written beside it.
  private func refuseOwnInput(_ path: String, _ pool: Pool?) throws {
    guard !path.isEmpty, FilePlace.name(path) != Report.logName else {
      throw Output.complain(
        "\"\(path)\": expected another name for the output", ExitStatus.usage)
    }
    for input in rosters + [config, pool?.table?.path].compactMap(\.self)
    where FilePlace.holds(input, path) {
      throw Output.complain(
        "\(path): is the input \(input) itself; expected another file for the output",
        ExitStatus.usage)
    }
  }

  private func readConfiguration() throws -> (ConfigurationFile?, Pool?) {
    guard let config else { return (nil, nil) }
    try ReadingOptions.requireReadable(config)
    do {
      let file = try ConfigurationFile(config)
      return (file, try Pool(file))
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }

  private static let name = "redirect.new.db"

  private static func besideMap(_ file: ConfigurationFile) -> String {
    FilePlace.beside(file.resolve(file.configuration.mapPath), name)
  }

  /// The ties go as the graph comes: both at once are the most memory that a large input needs.
  private static func graph(_ contacts: consuming Contacts) -> Graph {
    let ties = contacts.ties
    return Graph(users: contacts.users.count) { tell in
      for tie in ties { tell(tie.a, tie.b, tie.weight) }
    }
  }
}

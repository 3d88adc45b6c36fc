import ArgumentParser
import Constraints
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
      gives the nodes and their weights, and the partition size, the domains and the profile \
      where no flag does; its partitions file, if there is one, says which partitions are whose. \
      The users are divided among the nodes first, then those of each node among its \
      partitions. Without nodes each partition stands for one.

      ROSTERS are files of XEP-0227, TSV (user, contact[, weight]), or tables of ejabberd, \
      MongooseIM, Openfire or Prosody; directories of such files; or - for standard input.

      With --previous the users stay where they were unless moving pays, and the report counts \
      who moved.

      Exit codes: 65 also if the limits cannot be kept; the message names the smallest numbers \
      that work.

      Example:
        rdadmin generate --partitions 16 --partition-size 5300 rosters.tsv
        rdadmin compile redirect.new.db -o redirect.mdb
        rdadmin generate --node im1 --node im2=2 --write-partitions redirect.partitions \
      rosters.tsv
      """)

  @Argument(help: "Contact lists: files, directories, or - for standard input.")
  var rosters: [String]

  @OptionGroup(title: "Limits")
  var limits: LimitOptions

  @OptionGroup(title: "Constraints and the generation before")
  var heed: HeedOptions

  @OptionGroup(title: "Reading")
  var reading: ReadingOptions

  @OptionGroup(title: "Work")
  var work: EffortOptions

  @OptionGroup(title: "Memory")
  var intake: IntakeOptions

  @Option(help: "Another seed gives other, about equally good partitions.")
  var seed: UInt64 = 1

  @Option(help: "The set of files that this belongs to, as in redirect.partitions.")
  var set: String?

  @OptionGroup(title: "What is written")
  var outputs: OutputOptions

  @Option(name: [.customShort("c"), .customLong("config")], help: "The configuration file.")
  var config: String?

  func validate() throws {
    if let set, set.isEmpty || !set.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
      throw ValidationError("--set: expected a name without control characters")
    }
    if limits.load == "-" && rosters.contains("-") {
      throw ValidationError("--load -: standard input is read as rosters; expected a file")
    }
    if config != nil && !limits.node.isEmpty {
      throw ValidationError(
        "--node: the nodes are those of the configuration; expected -c or --node")
    }
  }

  func run() throws {
    let created = try Timestamp.ofBuild()
    let (file, planned) = try readConfiguration()
    let path = outputs.output ?? file.map(Self.besideMap) ?? Self.name
    try outputs.requirePool(planned)
    try outputs.refuseOwnInput(
      path,
      rosters + [config, limits.load, planned?.table?.path].compactMap(\.self) + heed.inputs)
    try outputs.requireWritableReports()
    let meter = ProgressMeter()
    defer { meter.finish() }
    let (contacts, profile) = try reading.read(
      rosters, file?.configuration, intake, meter)
    let summary = Report.Reading(contacts)
    let users = contacts.users
    if users.isEmpty {
      throw Output.complain("the rosters name no local user\(summary.words)", ExitStatus.badData)
    }
    if intake.onlyRead {
      meter.finish()
      return try Output.write(Array(Report.text(of: contacts).utf8))
    }
    if contacts.ties.count > Graph.mostTies {
      throw Output.complain(
        "the rosters have \(contacts.ties.count) ties; expected at most \(Graph.mostTies)",
        ExitStatus.badData)
    }
    let loads = try readLoads(users, profile)
    let before = try heed.readPrevious(users, profile)
    let limits = try limits.limits(
      users: users.count, planned, configured: file?.configuration.partitionSize,
      writesPartitions: outputs.writePartitions != nil, previous: before)
    let previous = try heed.homes(before, limits)
    let rules = try heed.readConstraints(
      users, limits, loads, profile, try reading.onlyDomain(file?.configuration, profile))
    let graph = Self.graph(consume contacts, intake.storage)
    let clock = WorkClock()
    let placement = Partitioner.run(
      graph, limits: limits, loads: loads?.units, rules: rules?.resolution.rules ?? Rules(),
      previous: previous, seed: seed, effort: work.effort, team: work.team,
      progress: { step, done in
        meter.show(
          "generate: \(step)\(done > 0.05 ? ", about \(clock.left(done: done)) left" : "")")
      })
    meter.show("generate: \(Step.counting)")
    let found = PlacementFindings(graph, placement, limits, loads: loads?.units)
    let keeping = try rules.map { rules in
      try HeedOptions.orComplain { () throws(Complaints) in try rules.keeping(placement) }
    }
    let networks = outputs.networks.map { _ in Networks(of: graph) }
    meter.finish()

    var database = GeneratedDatabase(path: path, users: users, placement: placement)
    database.header.created = created
    database.header.profile = profile
    database.header.set = set
    database.describe(limits, found, seed: seed)
    let moves = previous.map { Moves($0, placement) }
    var contents = ReportContents(
      header: database.header, findings: found, placement: placement,
      asked: .init(
        limits, partitions: self.limits.partitions, seed: seed, effort: work.effort.name),
      unitsOfSession: loads?.unitsOfSession ?? 1,
      dropped: summary.dropped.map { .init(reason: $0.reason.rawValue, count: $0.count) })
    contents.asked.mostMoved = previous?.mostMoved
    contents.moves = moves
    contents.keeping = keeping
    try GeneratedFiles(
      texts: outputs.texts(database, placement: placement, users: users, networks: networks)
        + outputs.report.map { ReportText(file: $0, contents: contents) }
    ).write()
    let report = Report(
      database.header, found, summary,
      PoolReport(placement, found, limits, loads, drained: planned?.drained ?? []), contents,
      HeedReport(moves, mostMoved: previous?.mostMoved ?? 0, keeping),
      path: path)
    // The log first: it is there even if nobody reads what is printed.
    try report.append(toLogBeside: path, at: created)
    Interruption.unwatch()
    try Output.write(Array(report.text.utf8))
  }

  private func readConfiguration() throws -> (ConfigurationFile?, PlannedPool?) {
    guard let config else { return (nil, try limits.namedNodes()) }
    try ReadingOptions.requireReadable(config)
    do {
      let file = try ConfigurationFile(config)
      return (file, try PlannedPool(file))
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }

  private func readLoads(_ users: UserNames, _ profile: JIDProfile) throws -> Loads? {
    guard let path = limits.load else { return nil }
    if path != "-" { try ReadingOptions.requireReadable(path) }
    do {
      return try LoadFile.read(path, users: users, profile: profile)
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }

  private static let name = "redirect.new.db"

  private static func besideMap(_ file: ConfigurationFile) -> String {
    FilePlace.beside(file.resolve(file.configuration.mapPath), name)
  }

  /// The ties go as the graph comes: both at once are the most memory that a large input needs.
  private static func graph(_ contacts: consuming Contacts, _ storage: Storage) -> Graph {
    let ties = contacts.ties
    return Graph(rowEnds: ties.rowEnds, storage: storage, tie: ties.end)
  }
}

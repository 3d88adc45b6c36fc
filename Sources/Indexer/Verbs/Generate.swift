import ArgumentParser
import Glibc
import MapFile
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

      Without --partitions there are as few as --partition-size allows. The same rosters, limits \
      and seed give the same partitions.

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

  @Option(help: "Another seed gives other, about equally good partitions.")
  var seed: UInt64 = 1

  @Option(help: "The set of files that this belongs to, as in redirect.partitions.")
  var set: String?

  @Option(name: .shortAndLong, help: "What is written.")
  var output = "redirect.new.db"

  func validate() throws {
    guard let set else { return }
    guard !set.isEmpty, set.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw ValidationError("--set: expected a name without control characters")
    }
  }

  func run() throws {
    let created = try Timestamp.ofBuild()
    let meter = ProgressMeter()
    defer { meter.finish() }
    let contacts = try reading.read(rosters, meter)
    let dropped = contacts.dropped
    let firstMalformed = contacts.firstMalformed
    let users = contacts.users
    let limits = try limits.limits(users: users.count)
    let found = Partitioner.run(
      Self.graph(contacts), limits: limits, seed: seed,
      progress: { step in meter.show("generate: \(step)") })
    meter.finish()

    var database = GeneratedDatabase(path: output, users: users, partitions: found)
    database.header.created = created
    database.header.profile = reading.profile
    database.header.set = set
    database.describe(limits, seed: seed)
    try database.write()
    let report = Report(
      database.header, found, dropped: dropped, firstMalformed: firstMalformed, path: output)
    try Output.write(Array(report.text.utf8))
    try report.append(toLogBeside: output, at: created)
  }

  /// The ties go as the graph comes: both at once are the most memory that a large input needs.
  private static func graph(_ contacts: consuming Contacts) -> Graph {
    let ties = contacts.ties
    return Graph(users: contacts.users.count) { tell in
      for tie in ties { tell(tie.a, tie.b, tie.weight) }
    }
  }
}

/// How many partitions, and how large.
struct LimitOptions: ParsableArguments {
  @Option(help: "Number of partitions. Default: the least that the partition size allows.")
  var partitions: Int?

  @Option(help: "The most users in one partition, whatever the balance.")
  var partitionSize: Int = 5000

  @Option(help: "How far a partition may be above the mean; 0.03 is 3 %.")
  var imbalance = Limits.defaultImbalance

  func validate() throws {
    if let partitions, partitions < 1 {
      throw ValidationError("--partitions \(partitions): expected at least 1")
    }
    guard partitionSize >= 1 else {
      throw ValidationError("--partition-size \(partitionSize): expected at least 1")
    }
    guard imbalance >= 0, imbalance.isFinite else {
      throw ValidationError("--imbalance \(imbalance): expected 0 or more, such as 0.03")
    }
  }

  /// The limits for so many users.
  func limits(users: Int) throws -> Limits {
    do {
      return try Limits(
        users: users,
        partitions: partitions
          ?? Limits.leastPartitions(users: users, partitionSize: partitionSize),
        partitionSize: partitionSize, imbalance: imbalance)
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }
}

/// What the rosters are and whose they are.
struct ReadingOptions: ParsableArguments {
  @Option(help: "A local domain; may be repeated. Default: the domains of those who have rosters.")
  var domain: [String] = []

  @Option(help: "What the rosters are, where their content does not tell.")
  var format: RosterFormat?

  @Option(help: "How names are made canonical: as the nodes do it.")
  var profile = JIDProfile.nodeprep

  func read(_ paths: [String], _ meter: ProgressMeter) throws -> Contacts {
    let domains = try domain.map { text in
      do {
        return try Domain(text, profile: profile)
      } catch {
        throw Output.complain("--domain \(text): \(error)", ExitStatus.usage)
      }
    }
    for path in paths where path != "-" && !isReadable(path) {
      let error = FileError(path: path, attempt: "open it", number: errno)
      throw Output.complain(error.description, ExitStatus.noInput)
    }
    do {
      return try RosterFiles.read(
        paths: paths, format: format, domains: domains, profile: profile,
        progress: { bytes in meter.show("generate: \(bytes >> 20) MiB of rosters read") })
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }
}

private func isReadable(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

extension RosterFormat: ExpressibleByArgument {}
extension JIDProfile: ExpressibleByArgument {}

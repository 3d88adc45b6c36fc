import ArgumentParser
import Glibc
import MapFile
import Partitioning
import Rosters
import Shared

/// How many partitions, on which nodes, and how large.
struct LimitOptions: ParsableArguments {
  @Option(
    help: """
      Number of partitions. Default: as many as before with --previous, else the least that the \
      partition size, the nodes and the partitions file need.
      """)
  var partitions: Int?

  @Option(
    help: """
      The most users in one partition, whatever the balance. Default: redirect.db.partitionsize \
      of the configuration, else \(Self.defaultPartitionSize).
      """)
  var partitionSize: Int?

  @Option(
    help: """
      How far a node may be above its share by weight, and a partition above the mean within its \
      node; 0.03 is 3 %.
      """)
  var imbalance = Limits.defaultImbalance

  @Option(
    help: ArgumentHelp(
      """
      A node to plan for, where there is no configuration yet; once for each node. Weight: \
      capacity against the other nodes, 1 if not given.
      """, valueName: "name[=weight]"))
  var node: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Lines user<TAB>expected sessions, which count for the nodes in place of heads. A user \
      without a line counts as one session. The partition size still counts users.
      """, valueName: "file"))
  var load: String?

  /// The original's.
  private static let defaultPartitionSize = 5000

  func validate() throws {
    if let partitions, !(1...Int(Partition.max)).contains(partitions) {
      throw ValidationError("--partitions \(partitions): expected 1 to \(Partition.max)")
    }
    if let partitionSize, !(1...Int(UInt32.max)).contains(partitionSize) {
      throw ValidationError("--partition-size \(partitionSize): expected 1 to \(UInt32.max)")
    }
    guard imbalance >= 0, imbalance.isFinite else {
      throw ValidationError("--imbalance \(imbalance): expected 0 or more, such as 0.03")
    }
  }

  /// The limits for so many users.
  ///
  /// - Parameters:
  ///   - configured: `redirect.db.partitionsize`, where there is a configuration.
  ///   - writesPartitions: whether the partitions file is written anew, so that the partitions beyond the lines of the old one
  ///     are free.
  ///   - previous: the generation before; its partitions stay, as far as no flag and no partitions file says otherwise.
  func limits(
    users: Int, _ planned: PlannedPool?, configured: Int?, writesPartitions: Bool,
    previous: PreviousDatabase? = nil
  ) throws -> Limits {
    let kept = try previous.flatMap { previous in
      guard let planned, planned.table == nil else { return [UInt32]?.none }
      return try HeedOptions.orComplain { () throws(Complaints) in
        let primaries = try previous.primaries(among: planned.nodes.map(\.name))
        return planned.dealt(Array(primaries.prefix(partitions ?? primaries.count)))
      }
    }
    let size = partitionSize ?? configured ?? Self.defaultPartitionSize
    try planned?.requireLines(partitions)
    do throws(ImpossibleLimits) {
      guard let planned else {
        let least = Limits.leastPartitions(users: users, partitionSize: size)
        return try Limits(
          users: users, partitions: partitions ?? max(least, min(users, previous?.partitions ?? 1)),
          partitionSize: size, imbalance: imbalance, byLoad: load != nil)
      }
      let count = planned.partitions(
        asked: partitions, users: users, partitionSize: size, writesPartitions: writesPartitions)
      if let count, count > users {
        throw .fewerUsersThanPartitions(users: users, partitions: count)
      }
      let limits = try Limits(
        users: users,
        pool: kept.map { Pool(nodes: planned.nodes, primaries: $0) }
          ?? planned.pool(partitions: writesPartitions ? nil : count),
        partitions: count, partitionSize: size, imbalance: imbalance, byLoad: load != nil)
      // A default that nobody chose is no contradiction, nor is a size beside partitions that are settled.
      let isChosen = partitionSize != nil || size != Self.defaultPartitionSize
      if isChosen && planned.table == nil && load == nil {
        try limits.requirePartitionsFitNodes(users: users)
      }
      return limits
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }

  /// The nodes that the flags name; nil if they name none.
  func namedNodes() throws -> PlannedPool? {
    if node.isEmpty { return nil }
    var nodes: [NodeShare] = []
    for text in node {
      do throws(Complaint) {
        let share = try NodeArgument(text).node
        guard !nodes.contains(where: { $0.name == share.name }) else {
          throw Complaint(place: "--node \(text)", message: "expected each node once")
        }
        nodes.append(share)
      } catch {
        throw Output.complain(error.description, ExitStatus.usage)
      }
    }
    return PlannedPool(nodes: nodes)
  }
}

/// What the rosters are and whose they are.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: """
      A local domain; may be repeated. Default: domains of the configuration, else the domains \
      of those who have rosters.
      """)
  var domain: [String] = []

  @Option(help: "What the rosters are, where their content does not tell.")
  var format: RosterFormat?

  @Option(
    help: """
      How names are made canonical: as the nodes do it. Default: that of the configuration, \
      else nodeprep.
      """)
  var profile: JIDProfile?

  /// All contacts of the rosters, and the profile they were read with.
  func read(
    _ paths: [String], _ configuration: Configuration?, _ intake: IntakeOptions,
    _ meter: ProgressMeter
  ) throws -> (contacts: Contacts, profile: JIDProfile) {
    let profile = profile ?? configuration?.profile ?? .nodeprep
    let domains = try domains(configuration, profile)
    for path in paths where path != "-" { try Self.requireReadable(path) }
    let manner = intake.manner(format: format, domains: domains, profile: profile)
    let progress = ReadingProgress(paths: paths)
    do {
      let contacts = try RosterFiles.read(
        paths: paths, manner,
        progress: { done in meter.show("generate: \(progress.words(done: done))") })
      return (contacts, profile)
    } catch {
      throw Output.complain(error.words, error.code)
    }
  }

  /// What cannot be opened is told apart from what is not right.
  static func requireReadable(_ path: String) throws {
    guard unsafe access(path, R_OK) != 0 else { return }
    let error = FileError(path: path, attempt: FileError.opening, number: errno)
    throw Output.complain(error.description, ExitStatus.noInput)
  }

  /// What names without a domain get, where users are named outside the rosters: the only local domain that was given.
  func onlyDomain(_ configuration: Configuration?, _ profile: JIDProfile) throws -> Domain? {
    let domains = try domains(configuration, profile)
    return domains.count == 1 ? domains[0] : nil
  }

  private func domains(_ configuration: Configuration?, _ profile: JIDProfile) throws -> [Domain] {
    if domain.isEmpty, let configuration {
      // Prepared under the configuration's profile; a flag may ask for the other.
      return try configuration.domains.map { try canonical($0.description, profile, "domains") }
    }
    return try domain.map { try canonical($0, profile, "--domain") }
  }

  private func canonical(_ text: String, _ profile: JIDProfile, _ place: String) throws -> Domain {
    do {
      return try Domain(text, profile: profile)
    } catch {
      throw Output.complain("\(place) \(text): \(error)", ExitStatus.usage)
    }
  }
}

extension RosterFormat: ExpressibleByArgument {}
extension JIDProfile: ExpressibleByArgument {}

import ArgumentParser
import Constraints
import Partitioning
import Rosters
import Shared

/// What is to be heeded beside ties and limits.
struct HeedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The redirect.db of the generation before: users stay on their nodes unless moving pays, and \
      partitions keep their numbers.
      """, valueName: "file"))
  var previous: String?

  @Option(
    help: ArgumentHelp(
      """
      With --previous the share of users who may move to another node, as far as limits permit; \
      0.01 is 1 %. Default: \(Self.defaultMaxMoved).
      """, valueName: "share"))
  var maxMoved: Double?

  @Option(
    help: ArgumentHelp(
      """
      What administrators know: who stays together, who apart, who on which node; one rule a line.
      """, valueName: "file"))
  var constraints: String?

  /// Enough for what changes in a week, and hardly anybody notices.
  static let defaultMaxMoved = 0.01

  func validate() throws {
    guard let maxMoved else { return }
    guard (0...1).contains(maxMoved) else {
      throw ValidationError("--max-moved \(maxMoved): expected 0 to 1, such as 0.01")
    }
    guard previous != nil else {
      throw ValidationError("--max-moved: nobody was anywhere; expected --previous too")
    }
  }

  /// What is read, so that nothing is written over it. Lists that rules name are not among it.
  var inputs: [String] { [constraints].compactMap(\.self) }

  func readPrevious(_ users: UserNames, _ profile: JIDProfile) throws -> PreviousDatabase? {
    guard let previous else { return nil }
    if previous != "-" { try ReadingOptions.requireReadable(previous) }
    return try Self.orComplain { () throws(Complaints) in
      try PreviousDatabase(previous, users: users, profile: profile)
    }
  }

  /// Where users were, among the nodes of `limits`.
  func homes(_ database: PreviousDatabase?, _ limits: Limits) throws -> Previous? {
    guard let database else { return nil }
    return try Self.orComplain { () throws(Complaints) in
      try database.previous(
        among: limits.pool.isNamed ? limits.pool.nodes.map(\.name) : [],
        partitions: limits.partitions, mostMoved: maxMoved ?? Self.defaultMaxMoved)
    }
  }

  func readConstraints(
    _ users: UserNames, _ limits: Limits, _ loads: Loads?, _ profile: JIDProfile, _ domain: Domain?
  ) throws -> ConstraintsFile? {
    guard let constraints else { return nil }
    try ReadingOptions.requireReadable(constraints)
    let file = try Self.orComplain { () throws(Complaints) in
      try ConstraintsFile(
        constraints, users: users, limits: limits, loads: loads, profile: profile, domain: domain)
    }
    for note in file.resolution.notes { Output.note("\(note)") }
    return file
  }

  static func orComplain<Result>(_ body: () throws(Complaints) -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }
}

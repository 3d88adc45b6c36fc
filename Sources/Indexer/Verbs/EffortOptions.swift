import ArgumentParser
import MapFile
import Partitioning

/// How much work the cut may be, and how many do it.
struct EffortOptions: ParsableArguments {
  @Option(
    help: """
      How hard to look for weak ties: fast, default or best. Counted work, not time: the same seed \
      gives the same partitions on any machine.
      """)
  var effort: Effort = .default

  @Option(
    help: """
      Threads that cut; they make no difference to what comes of it. Default: the cores that this \
      process may use.
      """)
  var threads: Int?

  /// More than any machine has.
  private static let mostThreads = 1024

  func validate() throws {
    if let threads, !(1...Self.mostThreads).contains(threads) {
      throw ValidationError("--threads \(threads): expected 1 to \(Self.mostThreads)")
    }
  }

  /// The threads; those beyond the first are started now.
  var team: Team { ThreadTeam.team(of: threads ?? CoreCount.usable()) }
}

extension Effort: ExpressibleByArgument {
  /// The effort of that name.
  public init?(argument: String) {
    guard let effort = Effort.all.first(where: { $0.name == argument }) else { return nil }
    self = effort
  }

  /// As `--help` shows it.
  public var defaultValueDescription: String { name }

  /// The names of all.
  public static var allValueStrings: [String] { all.map(\.name) }
}

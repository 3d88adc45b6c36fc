import ArgumentParser
import Shared

/// `rdadmin`: from contact lists to the map that `redirect-edge` serves.
@main
struct RdAdmin: ParsableCommand {
  /// The verbs in the order in which data flows, one file each.
  private static let verbs: [any ParsableCommand.Type] = [
    Generate.self,
    Compile.self,
    Dump.self,
    Lookup.self,
    Stat.self,
    Check.self,
  ]

  static let configuration = CommandConfiguration(
    commandName: "rdadmin",
    abstract: "Makes, reads and checks the map that tells which node a user belongs to.",
    discussion: ExitStatus.help,
    version: Version.text,
    subcommands: verbs)
}

import ArgumentParser
import MapFile
import Shared

/// `rdadmin check`
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks configuration, map and partitions file together.",
    discussion: """
      One line for everything that is wrong; exit code 1 if anything is. Lines that begin with \
      warning: do not count. What only an edge can tell (certificates, listeners) redirect-edge \
      --check tells.

      Example:
        rdadmin check -c redirect.conf
      """)

  @Option(
    name: .shortAndLong, help: "The redirect.conf; the paths in it are relative to its place.")
  var config = "redirect.conf"

  func run() throws {
    try ReadingOptions.requireReadable(config)
    var findings = Findings()
    do throws(Complaints) {
      let file = try ConfigurationFile(config)
      FilesCheck(file: file).run(&findings)
    } catch {
      findings.violate(error)
    }
    for line in findings.lines { try Output.say(line) }
    if findings.violations > 0 { throw ExitStatus.negative }
  }
}

/// What a check found, in the order found.
struct Findings {
  /// Of one kind; more are counted, not written.
  static let mostOfAKind = 20

  private(set) var lines: [String] = []
  private(set) var violations = 0

  /// A promise that is not kept.
  mutating func violate(_ place: String, _ message: String) {
    lines.append("\(place): \(message)")
    violations += 1
  }

  /// A map that is refused.
  mutating func violate(_ error: MapError) {
    lines.append(error.description)
    violations += 1
  }

  mutating func violate(_ complaints: Complaints) {
    for complaint in complaints.all { violate(complaint.place, complaint.message) }
  }

  /// What may well be meant.
  mutating func warn(_ place: String, _ message: String) {
    lines.append("warning: \(place): \(message)")
  }

  /// What is fine.
  mutating func note(_ line: String) { lines.append(line) }
}

import ArgumentParser
import Glibc
import MapFile
import Partitioning
import Rosters
import Shared

/// What `generate` tells people: words and aligned numbers.
struct Report {
  let text: String
  private let title: String

  /// What is told of the rosters once they are gone.
  struct Reading {
    let dropped: [Contacts.Dropped]
    let firstMalformed: String?

    init(_ contacts: borrowing Contacts) {
      dropped = contacts.dropped
      firstMalformed = contacts.firstMalformed
    }

    /// What was dropped, to stand behind a complaint: "; dropped 3: remote domain".
    var words: String {
      dropped.map { "; dropped \($0.count): \(note(on: $0))" }.joined()
    }

    func note(on entry: Contacts.Dropped) -> String {
      guard entry.reason == .malformed, let firstMalformed else { return entry.reason.rawValue }
      return "\(entry.reason.rawValue), the first at \(firstMalformed)"
    }
  }

  init(
    _ header: DatabaseHeader, _ found: PlacementFindings, _ reading: Reading, _ pool: PoolReport,
    _ contents: ReportContents, _ heed: HeedReport, path: String
  ) {
    title = "rdadmin generate: \(path), generation \(header.generation)"
    var lines: [PoolReport.Line] = [
      ("users", header["users"] ?? "", ""),
      ("ties", "\(found.all.ties)", ""),
      ("networks", "\(found.networks.count)", Self.networks(found)),
    ]
    lines += pool.nodes
    lines += [
      ("partitions", "\(found.partitions.count)", "of at most \(found.partitionLimit) users"),
      ("largest", "\(found.largest)", "users"),
      ("smallest", "\(found.smallest)", "users"),
    ]
    lines += heed.lines
    lines += pool.cut
    lines += [
      (
        "ties cut", Self.decimal(found.betweenPartitions.share(of: found.all) * 100, digits: 2),
        "% (\(found.betweenPartitions.ties) of \(found.all.ties))"
      ),
      (
        "weight cut",
        Self.decimal(found.betweenPartitions.weightShare(of: found.all) * 100, digits: 2),
        "% (\(found.betweenPartitions.weight) of \(found.all.weight))"
      ),
    ]
    lines += contents.words
    lines += [
      ("generation", "\(header.generation)", ""),
      ("seed", header["seed"] ?? "", ""),
    ]
    for entry in reading.dropped {
      lines.append(("dropped", "\(entry.count)", reading.note(on: entry)))
    }
    text =
      Self.aligned(lines).joined(separator: "\n")
      + "\nNO OF PARTITIONS RUN: \(found.partitions.count)\n"
  }

  /// What rosters hold that were only read.
  static func text(of contacts: borrowing Contacts) -> String {
    let reading = Reading(contacts)
    var lines = [
      (name: "users", value: "\(contacts.users.count)", note: ""),
      (name: "ties", value: "\(contacts.ties.count)", note: ""),
    ]
    for entry in reading.dropped {
      lines.append(("dropped", "\(entry.count)", reading.note(on: entry)))
    }
    return aligned(lines).joined(separator: "\n") + "\n"
  }

  static let logName = "rdadmin.log"

  /// Adds the report to the `rdadmin.log` beside `path`.
  func append(toLogBeside path: String, at time: String) throws {
    let log = FilePlace.beside(path, Self.logName)
    func failure(_ attempt: String, _ number: Int32) -> ExitCode {
      let error = FileError(path: log, attempt: attempt, number: number)
      return Output.complain(error.description, ExitStatus.ioError)
    }
    let descriptor = unsafe open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o644)
    guard descriptor >= 0 else { throw failure("open it", errno) }
    defer { close(descriptor) }
    // One write: reports of two runs at once do not mix.
    let trouble = Descriptor.writeAll(
      Array("\(time) \(title)\n\(text)\n".utf8).span, to: descriptor)
    guard trouble == 0 else { throw failure("write it", trouble) }
  }

  private static func networks(_ found: PlacementFindings) -> String {
    var words = ["the largest of \(found.networks.largest) users"]
    if found.networks.tooLarge > 0 {
      words.append("\(found.networks.tooLarge) too large for one partition")
    }
    if found.networks.thoughFitting > 0 {
      words.append("\(found.networks.thoughFitting) cut that would fit one, for want of a packing")
    }
    return words.joined(separator: "; ")
  }

  /// Names to the left, numbers to the right.
  private static func aligned(_ lines: [PoolReport.Line]) -> [String] {
    let names = lines.map(\.name.count).max() ?? 0
    let values = lines.map(\.value.count).max() ?? 0
    return lines.map { line in
      let name = line.name + String(repeating: " ", count: names - line.name.count)
      let value = String(repeating: " ", count: values - line.value.count) + line.value
      return line.note.isEmpty ? "\(name)  \(value)" : "\(name)  \(value)  \(line.note)"
    }
  }

  /// `value`, at least 0, rounded to so many digits behind the point.
  static func decimal(_ value: Double, digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}

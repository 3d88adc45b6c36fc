import ArgumentParser
import Glibc
import MapFile

/// `rdadmin compile`
struct Compile: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compiles a redirect.db into the map that redirect-edge serves.",
    discussion: """
      The map replaces the old one at once and whole; on any trouble the old one is untouched. \
      The same redirect.db gives the same bytes.

      Refused, with the number of the line: users that are not canonical JIDs, out of order \
      (LC_ALL=C sort) or twice, partitions that the header does not allow, and a count of users \
      that differs from the header's. --normalize puts spelling and order right, on disk, and \
      drops exact duplicates.

      Example:
        rdadmin compile redirect.new.db -o redirect.mdb
        my-query | rdadmin compile --normalize - -o redirect.mdb
      """)

  @Argument(help: "The redirect.db; - is standard input.")
  var database: String

  @Option(
    name: .shortAndLong,
    help: "The map. Default: the redirect.db's name with .mdb; redirect.mdb for standard input.")
  var output: String?

  @Flag(help: "Put spelling and order right and drop exact duplicates.")
  var normalize = false

  @Option(
    name: .customLong("temp-dir"), help: "Where --normalize sorts. Default: beside the map.")
  var temporaryDirectory: String?

  func run() throws {
    let isStandardInput = database == "-"
    let name = isStandardInput ? "standard input" : database
    let descriptor = isStandardInput ? STDIN_FILENO : unsafe open(database, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      let error = FileError(path: database, attempt: FileError.opening, number: errno)
      throw Output.complain(error.description, ExitStatus.noInput)
    }
    defer { close(descriptor) }
    let map = output ?? defaultOutput
    if isSameFile(descriptor, map) {
      throw Output.complain(
        "\(map): is the input itself; expected another file for the map", ExitStatus.usage)
    }

    Interruption.watch()
    let meter = ProgressMeter()
    let size = Self.size(of: descriptor)
    var compilation = Compilation(name: name, output: map)
    compilation.normalize = normalize
    compilation.temporaryDirectory = temporaryDirectory
    compilation.isInterrupted = { Interruption.isRequested }
    compilation.progress = { progress in meter.show(Self.words(progress, size)) }
    do throws(CompilationError) {
      let outcome = try compilation.run(descriptor: descriptor)
      meter.finish()
      Interruption.unwatch()
      let dropped = outcome.duplicates == 0 ? "" : ", \(outcome.duplicates) duplicates dropped"
      try? Output.say("\(map): \(outcome.users) users\(dropped), map \(outcome.identity)")
    } catch {
      meter.finish()
      if case .interrupted = error { Interruption.end() }
      throw Output.complain(error.description, ExitStatus.of(error))
    }
  }

  private var defaultOutput: String {
    if database == "-" { return "redirect.mdb" }
    return (database.hasSuffix(".db") ? String(database.dropLast(3)) : database) + ".mdb"
  }

  private func isSameFile(_ descriptor: Int32, _ path: String) -> Bool {
    var input = stat()
    var output = stat()
    return unsafe fstat(descriptor, &input) == 0 && stat(path, &output) == 0
      && input.st_dev == output.st_dev && input.st_ino == output.st_ino
  }

  /// In bytes; nil where it is not known beforehand.
  private static func size(of descriptor: Int32) -> Int? {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    return status.st_size
  }

  private static func words(_ progress: Compilation.Progress, _ size: Int?) -> String {
    switch progress {
    case .read(let users, let bytes):
      let share = size.map { $0 == 0 ? "" : ", \(Int(bytes) * 100 / $0) %" } ?? ""
      return "compile: \(users) users read\(share)"
    case .written(let users):
      return "compile: \(users) users written in order"
    }
  }
}

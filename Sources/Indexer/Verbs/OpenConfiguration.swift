import Glibc
import MapFile
import Shared

/// Reads the configuration and its partitions file for the verbs.
struct OpenConfiguration {
  let configuration: Configuration
  /// Relative paths of the configuration begin here.
  private let directory: String

  /// Reads the file at `path` and the environment; complains on standard error.
  init(_ path: String) throws {
    let text = try Self.contents(of: path)
    do {
      configuration = try Configuration(
        parsing: String(decoding: text, as: UTF8.self), file: path,
        environment: Self.environment())
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
    directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// A path of the configuration as seen from here.
  func resolve(_ path: String) -> String {
    Configuration.resolve(path, relativeTo: directory)
  }

  /// The partitions file of provider `db`; nil if there is none.
  func partitionTable() throws -> (table: PartitionTable, path: String)? {
    let path = resolve(configuration.partitionsPath)
    guard unsafe access(path, F_OK) == 0 else { return nil }
    let text = try Self.contents(of: path)
    do {
      let names = configuration.nodes.map(\.name)
      return (try PartitionTable(parsing: text, file: path, nodes: names), path)
    } catch {
      throw Output.complain(error.description, ExitStatus.badData)
    }
  }

  private static func contents(of path: String) throws -> [UInt8] {
    do throws(ByteSource.Failure) {
      let source = try ByteSource.open(path)
      var text: [UInt8] = []
      var block = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let count = try source.read(into: &block)
        guard count > 0 else { return text }
        text += block[..<count]
      }
    } catch {
      let complaint = FileError(path: path, attempt: "open it", number: error.code)
      throw Output.complain(complaint.description, ExitStatus.noInput)
    }
  }

  private static func environment() -> [(name: String, value: String)] {
    var variables: [(name: String, value: String)] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      let parts = unsafe String(cString: entry).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables.append((String(parts[0]), String(parts[1]))) }
      unsafe next += 1
    }
    return variables
  }
}

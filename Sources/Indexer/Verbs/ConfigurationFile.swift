import Glibc
import MapFile
import Shared

/// A `redirect.conf` as the verbs read it: environment beats file, as in the edge.
struct ConfigurationFile {
  let path: String
  let configuration: Configuration

  /// A complaint for everything that is wrong, or that the file cannot be read.
  init(_ path: String) throws(Complaints) {
    let text: [UInt8]
    do {
      text = try Descriptor.contents(of: path)
    } catch {
      throw Complaints(error.complaint)
    }
    configuration = try Configuration(
      parsing: String(decoding: text, as: UTF8.self), file: path, environment: Self.environment)
    self.path = path
  }

  /// A path of the configuration, seen from here.
  func resolve(_ path: String) -> String {
    guard let slash = self.path.lastIndex(of: "/") else { return path }
    let directory = slash == self.path.startIndex ? "/" : String(self.path[..<slash])
    return Configuration.resolve(path, relativeTo: directory)
  }

  /// The partitions file at `path`, for the nodes of this configuration.
  func partitionTable(_ path: String) throws(Complaints) -> PartitionTable {
    try PartitionTable(reading: path, nodes: configuration.nodes.map(\.name))
  }

  /// The order by which partitions beyond the last line are dealt to the nodes.
  var order: WeightedOrder { WeightedOrder(weights: configuration.nodes.map(\.weight)) }

  private static var environment: [(name: String, value: String)] {
    var all: [(name: String, value: String)] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      let text = unsafe String(cString: entry)
      if let sign = text.firstIndex(of: "=") {
        all.append((String(text[..<sign]), String(text[text.index(after: sign)...])))
      }
      unsafe next += 1
    }
    return all
  }
}

extension PartitionTable {
  /// Reads the file at `path`.
  init(reading path: String, nodes: [String]) throws(Complaints) {
    let text: [UInt8]
    do {
      text = try Descriptor.contents(of: path)
    } catch {
      throw Complaints(error.complaint)
    }
    try self.init(parsing: text, file: path, nodes: nodes)
  }
}

extension FileError {
  /// For lists of complaints.
  var complaint: Complaint {
    Complaint(
      place: path, message: "cannot \(attempt): \(unsafe String(cString: strerror(number)))")
  }
}

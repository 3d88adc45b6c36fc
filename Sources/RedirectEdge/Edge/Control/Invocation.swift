import MapFile
import Shared

/// How the program was called: what a reload reads again in the same way.
struct Invocation: Sendable {
  /// The configuration file.
  let path: String
  /// Settings given as flags, `key=value`.
  let flags: [(key: String, value: String)]
  /// The environment.
  let environment: [(name: String, value: String)]

  /// Relative paths of the configuration begin here.
  var directory: String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Reads the configuration, and whether an edge can serve with it.
  func readConfiguration() throws(Refusal) -> Configuration {
    guard FileStamp.isReadable(path: path) else {
      throw Refusal(["\(path): expected a regular file"])
    }
    let text: [UInt8]
    do {
      text = try Descriptor.contents(of: path)
    } catch {
      throw Refusal(["\(error)"])
    }
    do {
      let configuration = try Configuration(
        parsing: String(decoding: text, as: UTF8.self), file: path, environment: environment,
        flags: flags)
      let local = LocalAddresses()
      try configuration.requireServable { local.contain($0) }
      return configuration
    } catch {
      throw Refusal(error.all.map(\.description))
    }
  }
}

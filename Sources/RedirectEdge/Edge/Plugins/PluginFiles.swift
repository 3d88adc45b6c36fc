import COpenSSL
import MapFile

/// Where a plug-in is, and its own configuration.
struct PluginFiles: Hashable {
  /// What tells one state of the files from another.
  struct Stamps: Equatable, Sendable {
    let library: FileStamp?
    let configuration: FileStamp?
  }

  let name: String
  let library: String
  let configuration: String?

  /// For watching.
  var all: [String] { [library] + (configuration.map { [$0] } ?? []) }

  /// The files as they are now.
  var stamps: Stamps {
    Stamps(
      library: FileStamp(path: library),
      configuration: configuration.flatMap { FileStamp(path: $0) })
  }

  /// Reads both files, loads the library if it is new, and opens the plug-in.
  func open(_ libraries: inout PluginLibraries) throws(Refusal) -> Plugin {
    // Before reading: a change that comes meanwhile shows as one.
    let stamps = stamps
    let configuration = try configuration.map { path throws(Refusal) in try Self.read(path) } ?? []
    let library = try libraries.library(try Self.read(library), path: library)
    return try Plugin(self, stamps: stamps, library: library, configuration: configuration)
  }

  private static func read(_ path: String) throws(Refusal) -> [UInt8] {
    guard FileStamp.isReadable(path: path) else {
      throw Refusal(["\(path): expected a regular file"])
    }
    do {
      return try Descriptor.contents(of: path)
    } catch {
      throw Refusal(["\(error)"])
    }
  }
}

/// All libraries that this process has loaded, by their contents: none is loaded twice, because none is ever unloaded.
struct PluginLibraries {
  private var loaded: [[UInt8]: PluginLibrary] = [:]

  /// The library of these bytes.
  mutating func library(_ contents: [UInt8], path: String) throws(Refusal) -> PluginLibrary {
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe EVP_Digest(contents, contents.count, &digest, nil, EVP_sha256(), nil)
    if let known = loaded[digest] { return known }
    let library = try PluginLibrary(contents, path: path)
    loaded[digest] = library
    return library
  }
}

import MapFile
import Routing
import Shared

/// Makes snapshots from files, and keeps the last good state of each file, so that a bad new one changes nothing.
///
/// Not for workers: reading and checking a map takes its time.
struct SnapshotSource {
  private let invocation: Invocation
  /// What every file looked like when it was last read, good or not.
  private var stamps: [String: FileStamp] = [:]
  private(set) var good: Ingredients
  private(set) var snapshot: Snapshot

  /// Reads everything for the first time: here every fault is an error.
  init(_ invocation: Invocation) throws(Refusal) {
    self.invocation = invocation
    let configuration = try invocation.readConfiguration()
    let paths = FilePaths(configuration, directory: invocation.directory)
    stamps = Self.stamps([invocation.path] + paths.all)
    let (texts, unreadable) = TextFiles.read(paths)
    let map = try paths.map.map { path throws(Refusal) in
      try Ingredients.openMap(path, configuration)
    }
    good = Ingredients(configuration: configuration, paths: paths, texts: texts, map: map)
    do {
      snapshot = try good.snapshot()
    } catch {
      throw Refusal(unreadable + error.lines)
    }
    if let mismatch = good.setMismatch { throw Refusal([mismatch]) }
  }

  /// Whether any file differs from what was read last.
  func hasChanged() -> Bool {
    Self.stamps([invocation.path] + good.paths.all) != stamps
  }

  /// Reads what has changed. `snapshot` is what can be served now; the result is what was refused, and why.
  mutating func reload() -> [String] {
    var refused: [String] = []
    var configuration = good.configuration
    do {
      configuration = try invocation.readConfiguration()
    } catch {
      refused += error.lines
    }
    let paths = FilePaths(configuration, directory: invocation.directory)
    let before = Self.stamps([invocation.path] + paths.all)
    let (texts, unreadable) = TextFiles.read(paths)
    refused += unreadable
    let map = newMap(paths, configuration, before, &refused)
    stamps = before
    take(
      Ingredients(
        configuration: configuration, paths: paths, texts: texts.filling(from: good.texts), map: map
      ),
      &refused)
    return refused
  }

  /// What was read could not be served after all. It is not tried again before a file changes.
  mutating func goBack(to last: SnapshotSource) {
    good = last.good
    snapshot = last.snapshot
  }

  /// The map as the file has it now, or the one we have if the file has not changed or is not good.
  private func newMap(
    _ paths: FilePaths, _ configuration: Configuration, _ seen: [String: FileStamp],
    _ refused: inout [String]
  ) -> Map? {
    guard let path = paths.map else { return nil }
    let isSame =
      path == good.paths.map && seen[path] == stamps[path]
      && configuration.profile == good.configuration.profile
      && configuration.usesPrivateCopy == good.configuration.usesPrivateCopy
    if isSame, let map = good.map { return map }
    do {
      let map = try Ingredients.openMap(path, configuration)
      return map.identity == good.map?.identity ? good.map : map
    } catch {
      refused += error.lines
      return good.map
    }
  }

  /// Takes the best mixture of new and last good that holds together.
  private mutating func take(_ new: Ingredients, _ refused: inout [String]) {
    var candidates = [new]
    if let mismatch = new.setMismatch {
      refused.append(mismatch + "; the last matching pair stays")
      candidates = [new.withPair(of: good)]
    }
    var oldTexts = new
    oldTexts.texts = good.texts
    oldTexts.map = candidates[0].map
    candidates.append(oldTexts)
    var oldConfiguration = good
    oldConfiguration.map = candidates[0].map
    candidates.append(oldConfiguration)
    for candidate in candidates where candidate.setMismatch == nil {
      do {
        snapshot = try candidate.snapshot()
        good = candidate
        return
      } catch {
        for line in error.lines where !refused.contains(line) { refused.append(line) }
      }
    }
  }

  private static func stamps(_ paths: [String]) -> [String: FileStamp] {
    var stamps: [String: FileStamp] = [:]
    for path in paths { stamps[path] = FileStamp(path: path) }
    return stamps
  }
}

import MapFile
import Routing
import Shared

/// Makes snapshots from files, and keeps the last good state of each file, so that a bad new one changes nothing.
///
/// Not for workers: reading and checking a map takes its time.
struct SnapshotSource {
  private let invocation: Invocation
  /// What every watched file looked like when it was last read, good or not.
  private var stamps: [String: FileStamp]
  /// The files of the last reading, taken or not, and of what is served.
  private var watched: Set<String>
  /// The map as its file has it, perhaps waiting for its partitions file; nil while the file is not good.
  private var latestMap: Map?
  private let registry = NodeRegistry()
  private let ownKey = ClientKey(own: (Seed.random(), Seed.random()))
  private var libraries = PluginLibraries()
  private(set) var good: Ingredients
  private(set) var snapshot: Snapshot

  /// Reads everything for the first time: here every fault is an error.
  init(_ invocation: Invocation) throws(Refusal) {
    self.invocation = invocation
    let configuration = try invocation.readConfiguration()
    let paths = FilePaths(configuration, directory: invocation.directory)
    watched = Set([invocation.path] + paths.all)
    stamps = Self.stamps(watched)
    let (texts, unreadable) = TextFiles.read(paths)
    if !unreadable.isEmpty { throw Refusal(unreadable) }
    latestMap = try paths.map.map { path throws(Refusal) in
      try Ingredients.openMap(path, configuration)
    }
    var certificates: [CertificateFiles: Certificate] = [:]
    for files in paths.everyCertificate { certificates[files] = try files.load() }
    var plugins: [PluginFiles: Plugin] = [:]
    for files in paths.plugins { plugins[files] = try files.open(&libraries) }
    good = Ingredients(
      configuration: configuration, paths: paths, texts: texts, certificates: certificates,
      map: latestMap, plugins: plugins)
    snapshot = try good.snapshot(registry, ownKey: ownKey)
    if let mismatch = good.setMismatch { throw Refusal([mismatch]) }
  }

  /// Whether any file differs from what was read last.
  func hasChanged() -> Bool {
    Self.stamps(watched) != stamps
  }

  /// Reads what has changed, or all `anew`. `snapshot` is what can be served now; the result is what was refused, and
  /// why.
  mutating func reload(anew: Bool) -> [String] {
    var refused: [String] = []
    var new = good
    do {
      new.configuration = try invocation.readConfiguration()
    } catch {
      refused += error.lines
    }
    new.paths = FilePaths(new.configuration, directory: invocation.directory)
    watched = Set([invocation.path] + new.paths.all + good.paths.all)
    let seen = Self.stamps(watched)
    let changed = watched.filter { anew || seen[$0] != stamps[$0] }
    stamps = seen
    let (texts, unreadable) = TextFiles.read(new.paths)
    refused += unreadable
    new.texts = texts.filling(from: good.texts)
    new.certificates = certificates(of: new.paths, changed, &refused)
    new.map = map(of: new, changed, &refused)
    new.plugins = plugins(of: new.paths, anew, &refused)
    if !new.isSame(as: good) { take(new, &refused) }
    return refused
  }

  /// Makes the snapshot anew from what is served: the nodes offer something else.
  mutating func renew() throws(Refusal) {
    snapshot = try good.snapshot(registry, ownKey: ownKey)
  }

  /// What was read could not be served after all. It is not tried again before a file changes.
  mutating func goBack(to last: SnapshotSource) {
    good = last.good
    snapshot = last.snapshot
  }

  // MARK: Reading

  /// The map as the file has it now; the one that is served if the file is not good.
  private mutating func map(
    of new: Ingredients, _ changed: Set<String>, _ refused: inout [String]
  ) -> Map? {
    guard let path = new.paths.map else { return nil }
    let isRead =
      path == good.paths.map && !changed.contains(path)
      && new.configuration.profile == good.configuration.profile
      && new.configuration.usesPrivateCopy == good.configuration.usesPrivateCopy
    if isRead { return latestMap ?? good.map }
    do {
      let map = try Ingredients.openMap(path, new.configuration)
      latestMap = map.identity == good.map?.identity ? good.map : map
    } catch {
      refused += error.lines
      latestMap = nil
    }
    return latestMap ?? good.map
  }

  /// Certificates that are known and have not changed, and those of the other files; where these are not good, the last
  /// good ones of the same files.
  private func certificates(
    of paths: FilePaths, _ changed: Set<String>, _ refused: inout [String]
  ) -> [CertificateFiles: Certificate] {
    var certificates: [CertificateFiles: Certificate] = [:]
    for files in paths.everyCertificate {
      let known = good.certificates[files]
      certificates[files] = known
      if known != nil, !changed.contains(files.chain), !changed.contains(files.key) { continue }
      do {
        let loaded = try files.load()
        if let known, loaded.isSame(as: known) { continue }
        certificates[files] = loaded
      } catch {
        refused += error.lines
      }
    }
    return certificates
  }

  /// Plug-ins that are open and have not changed, and the others opened anew; where this does not work, the last good ones
  /// of the same files. `anew` opens all: only a plug-in knows what it reads besides.
  private mutating func plugins(
    of paths: FilePaths, _ anew: Bool, _ refused: inout [String]
  ) -> [PluginFiles: Plugin] {
    var plugins: [PluginFiles: Plugin] = [:]
    for files in paths.plugins {
      plugins[files] = good.plugins[files]
      if !anew, let known = plugins[files], known.stamps == files.stamps { continue }
      do {
        plugins[files] = try files.open(&libraries)
      } catch {
        refused += error.lines
      }
    }
    return plugins
  }

  // MARK: Taking

  /// Takes the best mixture of new and last good that holds together.
  private mutating func take(_ new: Ingredients, _ refused: inout [String]) {
    var newest = new
    if let mismatch = new.setMismatch {
      refused.append(mismatch + "; the last matching pair stays")
      newest = new.withPair(of: good)
    }
    var withOldTexts = newest
    withOldTexts.texts = good.texts
    var withOldConfiguration = good
    // A map that the new configuration alone wants (or does without) is no map of the old one's.
    if newest.paths.map == good.paths.map,
      newest.configuration.profile == good.configuration.profile
    {
      withOldConfiguration.map = newest.map
    }
    withOldConfiguration.certificates.merge(newest.certificates) { $1 }
    // No others: what is not in the chain shall not stay open.
    withOldConfiguration.plugins = good.plugins.merging(newest.plugins) { $1 }
      .filter { good.plugins[$0.key] != nil }
    for mixture in [newest, withOldTexts, withOldConfiguration] where mixture.setMismatch == nil {
      do {
        if mixture.isSame(as: good) { return }
        snapshot = try mixture.snapshot(registry, ownKey: ownKey)
        good = mixture
        return
      } catch {
        for line in error.lines where !refused.contains(line) { refused.append(line) }
      }
    }
  }

  private static func stamps(_ paths: Set<String>) -> [String: FileStamp] {
    var stamps: [String: FileStamp] = [:]
    for path in paths { stamps[path] = FileStamp(path: path) }
    return stamps
  }
}

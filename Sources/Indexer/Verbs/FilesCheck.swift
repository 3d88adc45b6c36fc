import Glibc
import MapFile
import Shared

/// Every promise that the configuration, the map and the partitions file make together.
struct FilesCheck {
  /// Provider `hash` takes no shorter secret, in bytes.
  private static let shortestSecret = 16

  let file: ConfigurationFile
  private var configuration: Configuration { file.configuration }

  init(file: ConfigurationFile) { self.file = file }

  func run(_ findings: inout Findings) {
    servable(&findings)
    hashSecret(&findings)
    rules(&findings)
    plugins(&findings)
    let chain = configuration.providers
    let path = file.resolve(configuration.partitionsPath)
    let usesTable = chain.contains { $0 == .db || $0 == .regex || $0.isPlugin }
    let table = usesTable ? table(path, &findings) : nil
    if chain.contains(.roundrobin), configuration.roundrobinPath != configuration.partitionsPath {
      _ = self.table(file.resolve(configuration.roundrobinPath), &findings)
    }
    guard chain.contains(.db) else {
      findings.warn(file.path, "provider `db` is not in the chain, so no map is looked at")
      return
    }
    guard let map = map(&findings) else { return }
    MapCheck(map: map, configuration: configuration).run(&findings)
    if let table {
      PairCheck(
        map: map, table: table, partitionsPath: path, nodes: configuration.nodes, order: file.order
      ).run(&findings)
    }
    if findings.violations == 0 {
      findings.note(
        "\(file.path): nothing wrong; \(map.users) users in \(map.partitions) partitions on "
          + "\(configuration.nodes.count) nodes")
    }
  }

  private func servable(_ findings: inout Findings) {
    do {
      try configuration.requireServable()
    } catch {
      // rdadmin can work with it; an edge could not.
      for complaint in error.all { findings.warn(complaint.place, complaint.message) }
    }
  }

  private func hashSecret(_ findings: inout Findings) {
    guard configuration.providers.contains(.hash) else {
      findings.warn(
        file.path,
        "no provider `hash` in `redirect.provider`, so anybody can tell by an answer whether the map "
          + "has a user; expected it at the end of the chain")
      return
    }
    guard let path = configuration.hashSecretPath.map(file.resolve) else {
      findings.warn(
        file.path,
        "provider `hash` has no secret, so anybody can tell by an answer whether the map has a user; "
          + "expected `redirect.hash.secret = FILE`")
      return
    }
    do {
      let count = try Descriptor.contents(of: path).count
      if count < Self.shortestSecret {
        findings.violate(
          path, "a secret of \(count) bytes; expected at least \(Self.shortestSecret)")
      }
    } catch {
      findings.violate(Complaints(error.complaint))
    }
  }

  private func rules(_ findings: inout Findings) {
    guard configuration.providers.contains(.regex) else { return }
    let path = file.resolve(configuration.rulesPath)
    do throws(FileError) {
      let text = String(decoding: try Descriptor.contents(of: path), as: UTF8.self)
      do throws(Complaints) {
        _ = try RegexRules(parsing: text, file: path, nodes: configuration.nodes.map(\.name))
      } catch {
        findings.violate(error)
      }
    } catch {
      findings.violate(Complaints(error.complaint))
    }
  }

  /// That the files are there. The libraries are not loaded: that would run their code.
  private func plugins(_ findings: inout Findings) {
    for plugin in configuration.plugins {
      for path in [plugin.path, plugin.configurationPath].compactMap(\.self).map(file.resolve) {
        do {
          _ = try Descriptor.contents(of: path)
        } catch {
          findings.violate(Complaints(error.complaint))
        }
      }
      findings.warn(
        file.resolve(plugin.path),
        "plug-in `\(plugin.name)` is not opened by this check; redirect-edge --check opens it")
    }
  }

  private func table(_ path: String, _ findings: inout Findings) -> PartitionTable? {
    do {
      return try file.partitionTable(path)
    } catch {
      findings.violate(error)
      return nil
    }
  }

  private func map(_ findings: inout Findings) -> Map? {
    let path = file.resolve(configuration.mapPath)
    do {
      let map = try Map(path: path, profile: configuration.profile)
      var status = stat()
      if unsafe stat(path, &status) == 0, status.st_mode & 0o222 != 0 {
        findings.warn(
          path, "may be written to; a published map never is, expected mode 0444")
      }
      return map
    } catch {
      findings.violate(error)
      return nil
    }
  }
}

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
    activeNodes(&findings)
    concealment(&findings)
    let rules = rules(&findings)
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
    if let rules { check(rules, map, table, &findings) }
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

  private func concealment(_ findings: inout Findings) {
    for doubt in configuration.disclosures() + configuration.silences() {
      findings.warn(doubt.place, doubt.message)
    }
    guard configuration.providers.contains(.hash),
      let path = configuration.hashSecretPath.map(file.resolve)
    else { return }
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

  private func rules(_ findings: inout Findings) -> RegexRules? {
    guard configuration.providers.contains(.regex) else { return nil }
    let path = file.resolve(configuration.rulesPath)
    do throws(FileError) {
      let text = String(decoding: try Descriptor.contents(of: path), as: UTF8.self)
      do throws(Complaints) {
        return try RegexRules(parsing: text, file: path, nodes: configuration.nodes.map(\.name))
      } catch {
        findings.violate(error)
      }
    } catch {
      findings.violate(Complaints(error.complaint))
    }
    return nil
  }

  /// A partition that neither the map nor the partitions file has gets a node, but hardly the one that was meant.
  private func check(
    _ rules: RegexRules, _ map: Map, _ table: PartitionTable?, _ findings: inout Findings
  ) {
    let last = max(Int(map.partitions), table?.lines.count ?? 0)
    let beyond = rules.partitions.filter { Int($0.partition) > last }
    for (place, partition) in beyond.prefix(Findings.mostOfAKind) {
      findings.warn(
        place.description,
        "leads to partition \(partition), but the last one is \(last); its users are dealt to a node of "
          + "redirect.to by weight")
    }
    if beyond.count > Findings.mostOfAKind {
      findings.warn(
        file.resolve(configuration.rulesPath),
        "\(beyond.count) rules in all lead to partitions that there are not")
    }
  }

  private func activeNodes(_ findings: inout Findings) {
    let nodes = configuration.nodes
    guard !nodes.isEmpty, nodes.allSatisfy({ $0.state == .drain }) else { return }
    findings.violate(
      file.path,
      "every node of redirect.to drains, so nobody is sent anywhere; expected an active one")
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

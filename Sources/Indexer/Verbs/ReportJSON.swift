import Constraints
import Partitioning
import Shared

extension ReportContents {
  /// The version of the form: raised when a name changes its meaning or goes; new names may come without.
  private static let version = 1
  /// Digits of a share behind the point.
  private static let digits = 6

  /// The form that docs/report.schema.json describes. No user is named.
  var json: JSON {
    .object([
      ("format", .string("redirect-edge report")),
      ("version", .number(Self.version)),
      ("program", .string("rdadmin \(Version.text)")),
      ("created", header.created.map { .string($0) } ?? .null),
      ("generation", .number(Int(clamping: header.generation))),
      ("set", header.set.map { .string($0) } ?? .null),
      ("profile", .string(header.profile.rawValue)),
      ("domains", header["domains"].map { .string($0) } ?? .null),
      ("asked", askedJSON),
      ("users", .number(findings.users)),
      ("ties", .number(findings.all.ties)),
      ("weight", .number(Int(clamping: findings.all.weight))),
      ("has_pool", .truth(hasPool)),
      ("presence", presenceJSON),
      (
        "cut",
        .object([
          ("nodes", cutJSON(findings.betweenNodes)),
          ("partitions", cutJSON(findings.betweenPartitions)),
        ])
      ),
      ("nodes", .array(placement.nodes.indices.map(nodeJSON))),
      ("partitions", .array(placement.nodeOf.indices.map(partitionJSON))),
      ("between", gridJSON),
      ("networks", networksJSON),
      ("moves", movesJSON),
      ("constraints", keepingJSON),
      (
        "dropped",
        .array(
          dropped.map {
            .object([("reason", .string($0.reason)), ("count", .number($0.count))])
          })
      ),
    ])
  }

  private var askedJSON: JSON {
    .object([
      ("partitions", asked.partitions.map { .number($0) } ?? .null),
      ("partition_size", .number(asked.partitionSize)),
      ("imbalance", .fraction(asked.imbalance, digits: Self.digits)),
      // A number of 64 bits is more than many readers of JSON hold exactly.
      ("seed", .string(String(asked.seed))),
      ("effort", .string(asked.effort)),
      ("max_moved", asked.mostMoved.map { .fraction($0, digits: Self.digits) } ?? .null),
    ])
  }

  private var presenceJSON: JSON {
    .object([
      ("kept", share(findings.presenceKept)),
      ("kept_by_chance", share(findings.keptByChance)),
      ("between_nodes", share(1 - findings.presenceKept)),
      ("between_nodes_by_chance", share(1 - findings.keptByChance)),
    ])
  }

  private func cutJSON(_ cut: PlacementFindings.Cut) -> JSON {
    .object([
      ("ties", .number(cut.ties)),
      ("ties_share", share(cut.share(of: findings.all))),
      ("weight", .number(Int(clamping: cut.weight))),
      ("weight_share", share(cut.weightShare(of: findings.all))),
    ])
  }

  private func nodeJSON(_ node: Int) -> JSON {
    .object(
      [
        ("name", .string(placement.nodes[node].name)),
        ("weight", .number(placement.nodes[node].weight)),
      ] + partJSON(findings.nodes[node], isLimitedByLoad: findings.nodes[node].load != nil))
  }

  private func partitionJSON(_ partition: Int) -> JSON {
    let fallbacks = placement.fallbacks.isEmpty ? [] : placement.fallbacks[partition]
    return .object(
      [
        ("number", .number(partition + 1)),
        ("node", .number(node(ofPartition: partition))),
        ("fallbacks", .array(fallbacks.map { .number(Int($0)) })),
      ] + partJSON(findings.partitions[partition], isLimitedByLoad: false))
  }

  private func partJSON(
    _ part: PlacementFindings.Part, isLimitedByLoad: Bool
  ) -> [(name: String, value: JSON)] {
    [
      ("users", .number(part.users)),
      ("load", part.load.map { sessions(Int(clamping: $0)) } ?? .null),
      ("limit", isLimitedByLoad ? sessions(part.limit) : .number(part.limit)),
      ("ties_inside", .number(part.tiesInside)),
      ("ties_leaving", .number(part.tiesLeaving)),
    ]
  }

  private func sessions(_ units: Int) -> JSON {
    .fraction(Double(units) / unitsOfSession, digits: 3)
  }

  private var gridJSON: JSON {
    let grid = findings.grid
    let kind =
      switch grid.kind {
      case .partitions: "partitions"
      case .nodes: "nodes"
      case .runs: "runs of partitions"
      }
    return .object([
      ("of", .string(kind)),
      ("rows", .array(rowNames.map { .string($0) })),
      (
        "ties",
        .array(
          (0..<grid.count).map { row in
            .array((0..<grid.count).map { .number(grid[row, $0]) })
          })
      ),
    ])
  }

  private var networksJSON: JSON {
    let networks = findings.networks
    return .object([
      ("count", .number(networks.count)),
      ("largest", .number(networks.largest)),
      ("cut_between_nodes", .number(networks.betweenNodes)),
      ("cut_between_partitions", .number(networks.betweenPartitions)),
      ("cut_though_fitting", .number(networks.thoughFitting)),
      ("cut", .array(networks.listed.map(Self.networkJSON))),
      ("cut_not_listed", .number(networks.betweenPartitions - networks.listed.count)),
    ])
  }

  private static func networkJSON(_ network: CutNetwork) -> JSON {
    .object([
      ("number", .number(network.number)),
      ("users", .number(network.users)),
      ("ties_between_nodes", .number(network.tiesBetweenNodes)),
      ("ties_between_partitions", .number(network.tiesBetweenPartitions)),
      (
        "parts",
        .array(
          network.parts.map {
            .object([("partition", .number($0.partition + 1)), ("users", .number($0.users))])
          })
      ),
    ])
  }

  private var movesJSON: JSON {
    guard let moves else { return .null }
    return .object([
      ("stayed", .number(moves.stayed)),
      ("moved", .number(moves.moved)),
      ("moved_from_gone", .number(moves.movedFromGone)),
      ("new", .number(moves.new)),
      ("departed", .number(moves.departed)),
    ])
  }

  private var keepingJSON: JSON {
    guard let keeping else { return .null }
    return .object([
      ("kept", .number(keeping.kept)),
      ("spread", .number(keeping.spread)),
      ("preferred", .number(keeping.preferred)),
      ("elsewhere", .number(keeping.elsewhere)),
    ])
  }

  private func share(_ value: Double) -> JSON { .fraction(value, digits: Self.digits) }
}

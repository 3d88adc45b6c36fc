import MapFile
import Shared

/// What a map and a partitions file promise together.
struct PairCheck {
  let map: Map
  let table: PartitionTable
  let partitionsPath: String
  let nodes: [Configuration.Node]
  let order: WeightedOrder

  func run(_ findings: inout Findings) {
    checkSet(&findings)
    checkLength(&findings)
    checkPrimaries(&findings)
    checkNodes(&findings)
  }

  private func checkSet(_ findings: inout Findings) {
    switch (map.header.set, table.set) {
    case (let ofMap?, let ofTable?) where ofMap != ofTable:
      findings.violate(
        partitionsPath, "belongs to set `\(ofTable)`; expected `\(ofMap)`, as \(map.path) says")
    case (let ofMap?, nil):
      findings.warn(
        partitionsPath,
        "names no set, so it is taken with any map; expected `# set: \(ofMap)`, as \(map.path) says"
      )
    case (nil, let ofTable?):
      findings.warn(
        map.path,
        "names no set, so it is taken with any partitions file; "
          + "\(partitionsPath) says `\(ofTable)`")
    default: break
    }
  }

  private func checkLength(_ findings: inout Findings) {
    let lines = table.lines.count
    let partitions = Int(map.partitions)
    if lines < partitions {
      findings.warn(
        partitionsPath,
        "has \(lines) lines; partitions \(lines + 1) to \(partitions) are dealt to the nodes of "
          + "redirect.to by weight")
    } else if lines > partitions {
      findings.warn(
        partitionsPath,
        "has \(lines) lines, but the map only \(partitions) partitions; the rest stays unused")
    }
  }

  /// The map was generated for the nodes that its header names.
  private func checkPrimaries(_ findings: inout Findings) {
    guard let primaries = map.header.primaries else { return }
    var differing = 0
    for (index, (expected, line)) in zip(primaries, table.lines).enumerated() {
      guard let first = line.first, nodes[first].name != expected else { continue }
      differing += 1
      if differing <= Findings.mostOfAKind {
        findings.warn(
          partitionsPath,
          "partition \(index + 1) is `\(nodes[first].name)`'s; the map was generated for "
            + "`\(expected)`")
      }
    }
    if differing > Findings.mostOfAKind {
      findings.warn(partitionsPath, "\(differing) partitions in all have another primary")
    }
  }

  private func checkNodes(_ findings: inout Findings) {
    let used = min(table.lines.count, Int(map.partitions))
    var alone = 0
    var stranded = 0
    for (index, line) in table.lines.prefix(used).enumerated() {
      if line.count == 1 { alone += 1 }
      if line.allSatisfy({ nodes[$0].state == .drain }) {
        stranded += 1
        if stranded <= Findings.mostOfAKind {
          findings.violate(
            partitionsPath, "partition \(index + 1): all of its nodes drain; expected an active one"
          )
        }
      }
    }
    if stranded > Findings.mostOfAKind {
      findings.violate(partitionsPath, "\(stranded) partitions in all have only nodes that drain")
    }
    if alone > 0 && nodes.count > 1 {
      findings.warn(partitionsPath, "\(alone) partitions have no fallback: one node, and no other")
    }
    guard used == Int(map.partitions) else { return }
    let primaries = Set(table.lines.prefix(used).compactMap(\.first))
    for index in nodes.indices where !primaries.contains(index) {
      findings.warn(partitionsPath, "node `\(nodes[index].name)` is no partition's primary")
    }
  }
}

import Partitioning
import Shared

/// How far a placement keeps to the constraints, counted line by line from the placement itself.
public struct Keeping: Sendable, Equatable {
  /// Rules that must hold, and do.
  public private(set) var kept = 0
  /// What could not be kept: empty, or the placement is refused.
  public private(set) var broken: [Complaint] = []
  /// Users who are to stay together with others but are in another partition of the same node than most of them.
  public private(set) var spread = 0
  /// Users of whom somebody would like that they are on certain nodes.
  public private(set) var preferred = 0
  /// Those of them who are on another.
  public private(set) var elsewhere = 0

  /// Counts.
  public init(
    _ constraints: Constraints, _ resolution: Resolution, _ placement: Placement,
    room: Resolution.Room
  ) {
    let nodeOf = placement.nodeOfUser
    for (constraint, party) in zip(constraints.all, resolution.parties) {
      let fault: String?
      switch constraint.demand {
      case .together: fault = apart([party.users], nodeOf, placement)
      case .togetherEach: fault = apart(party.groups.map(\.users), nodeOf, placement)
      case .apart: fault = Self.together(party.users, nodeOf)
      case .must(_, let nodes): fault = Self.away(party.users, nodes, nodeOf)
      case .mustEach:
        fault =
          party.groups.lazy.compactMap { group in
            Self.away(group.users, constraints.nodes(named: group.name) ?? [], nodeOf)
          }.first
      case .prefer(_, let nodes, _):
        count(party.users, nodes, nodeOf)
        continue
      case .preferEach:
        for group in party.groups {
          count(group.users, constraints.nodes(named: group.name) ?? [], nodeOf)
        }
        continue
      case .limit(let node, let bound, let amount, _):
        let load = Self.load(of: node, nodeOf, room)
        let limit = room.units(amount)
        let holds = bound == .most ? load <= limit : load >= limit
        fault = holds ? nil : "\(constraints.nodes[node]) would hold \(room.amount(load))"
      }
      if let fault {
        broken.append(
          Complaint(
            at: constraint.place,
            "found no way to keep this rule together with the others: \(fault); expected more room "
              + "(--imbalance), or another rule"))
      } else {
        kept += 1
      }
    }
  }

  private mutating func apart(
    _ groups: [[UInt32]], _ nodeOf: [UInt32], _ placement: Placement
  ) -> String? {
    for users in groups {
      guard let first = users.first else { continue }
      let away = users.count { nodeOf[Int($0)] != nodeOf[Int(first)] }
      if away > 0 { return "\(away) of \(users.count) users would be on other nodes" }
      var counts: [UInt32: Int] = [:]
      for user in users { counts[placement.partitionOf[Int(user)], default: 0] += 1 }
      spread += users.count - (counts.values.max() ?? 0)
    }
    return nil
  }

  private static func together(_ users: [UInt32], _ nodeOf: [UInt32]) -> String? {
    let nodes = Set(users.map { nodeOf[Int($0)] })
    let shared = users.count - nodes.count
    return shared == 0 ? nil : "\(shared) of \(users.count) users would share a node with another"
  }

  private static func away(_ users: [UInt32], _ nodes: [Int], _ nodeOf: [UInt32]) -> String? {
    let away = users.count { !nodes.contains(Int(nodeOf[Int($0)])) }
    return away == 0 ? nil : "\(away) of \(users.count) users would be on other nodes"
  }

  private mutating func count(_ users: [UInt32], _ nodes: [Int], _ nodeOf: [UInt32]) {
    preferred += users.count
    elsewhere += users.count { !nodes.contains(Int(nodeOf[Int($0)])) }
  }

  private static func load(of node: Int, _ nodeOf: [UInt32], _ room: Resolution.Room) -> Int {
    nodeOf.indices.reduce(0) { sum, user in
      nodeOf[user] == UInt32(node) ? sum + room.load(user) : sum
    }
  }
}

/// What a division is to heed beside ties and limits.
struct Demands {
  /// For each vertex the group that stays together; `Rules.none`: in no group. Empty: no groups.
  var groupOf: [UInt32] = []
  /// For each vertex a row of `permitted`. Empty: everybody may be everywhere.
  var kindOf: [UInt32] = []
  var permitted: [[Bool]] = []
  var anchors = Anchors()
  /// Vertices no two of which may be in one place.
  var apart: [[UInt32]] = []
  /// What each place is to hold at least; empty: nothing.
  var least: [Int] = []

  /// Whether only groups are asked for, or nothing.
  var isFree: Bool { kindOf.isEmpty && anchors.isEmpty }
}

extension Demands {
  /// What is asked of the division among nodes.
  init(_ rules: Rules, _ previous: Previous?, _ limits: Limits, capacities: [Int], total: Int) {
    groupOf = rules.groupOf
    kindOf = rules.kindOf
    permitted = rules.permitted
    anchors = Anchors(homes: previous?.onNodes, wishOf: rules.wishOf, wishes: rules.wishes)
    if let previous, previous.isPressed { anchors.price = Anchors.highPrice }
    apart = rules.apart
    var least = rules.least.map { $0 ?? 0 }
    // A node is added to be used: it gets its share, less what nodes may differ by.
    for node in previous?.newNodes ?? [] {
      if least.isEmpty { least = [Int](repeating: 0, count: capacities.count) }
      let share = limits.leastShare(of: total, node: node)
      least[node] = max(least[node], min(share, capacities[node]))
    }
    self.least = least
  }
}

extension Limits {
  /// The most that may be put on each node.
  ///
  /// - Parameter loads: what users count; nil: heads.
  public func nodeCapacities(users: Int, loads: [UInt32]?) -> [Int] {
    guard let loads else { return nodeCapacities(ofUsers: users) }
    return nodeCapacities(ofLoad: loads.reduce(0) { $0 + Int($1) })
  }

  /// What a node holds at least that is to have its share of `total`: (1 - E) x share.
  func leastShare(of total: Int, node: Int) -> Int {
    let share = Double(total) * Double(pool.nodes[node].weight) / Double(pool.weight)
    return Int(max(0, (1 - imbalance) * share).rounded(.down))
  }
}

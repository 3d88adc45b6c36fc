/// Divides a graph so that its users stay where they were unless moving pays.
///
/// Newcomers go to their ties. Then the division is bettered as it stands: moving a user costs a price, so that only moves that
/// gain more are made. Only where much is new, or places have come or gone, is it coarsened along itself first, so that whole
/// circles of users can move together. If more have moved than may, those go back who gain least from it.
///
/// - Parameters:
///   - anchors: how many anchors stand behind the graph's vertices.
///   - least: what each place is to hold at least; empty: nothing.
func settle(
  _ graph: Graph, _ shares: Shares, _ homes: Homes, anchors: Int, least: [Int], tools: inout Tools
) -> [UInt32] {
  let users = graph.totalUsers
  let new = graph.users.indices.reduce(0) {
    homes.placeOf[$1] == Homes.none ? $0 + Int(graph.users[$1]) : $0
  }
  if new * Settlement.newBeyond > users {
    return cut(graph, into: shares, tools: &tools)
  }
  var placeOf = homes.placeOf
  for anchor in 0..<anchors { placeOf[graph.count - anchors + anchor] = UInt32(anchor) }
  placeNewcomers(graph, &placeOf, shares)
  var division = Division(graph, partitionOf: placeOf, partitions: shares.count)
  let lack = least.indices.reduce(0) { $0 + max(0, least[$1] - division.loads[$1]) }
  let pressed = division.excess(over: shares.capacities) + lack
  if pressed * Settlement.pressedBeyond > users {
    var pressing = shares
    pressing.capacities = relieved(division.loads, shares.capacities, least: least)
    placeOf = cut(graph, into: pressing, start: division.partitionOf, tools: &tools)
    division = Division(graph, partitionOf: placeOf, partitions: shares.count)
  }
  var effort = tools.effort
  effort.jetPatience = min(effort.jetPatience, Settlement.patience)
  effort.jetStopsBelow = min(effort.jetStopsBelow, Settlement.stopsBelow)
  refineByJet(
    graph, &division, shares, tolerance: tools.effort.finestTolerance, effort: effort,
    team: tools.team)
  putBack(graph, &division, shares, homes, least: least)
  return division.partitionOf
}

/// When settling is not a matter of single users any more.
private enum Settlement {
  /// With more than one new user in so many it is cut from scratch, the others pulled to where they were.
  static let newBeyond = 4
  /// With more than one user in so many who must move, whole circles of users move.
  static let pressedBeyond = 50
  /// Rounds without a much better division are fewer than in a cut from scratch: most of what there is to gain is found at once.
  static let patience = 3
  /// A division is much better that is by more than one part in so many.
  static let stopsBelow: Int64 = 100
}

/// Capacities that make the fullest places give as much as others lack.
private func relieved(_ loads: [Int], _ capacities: [Int], least: [Int]) -> [Int] {
  let lacking = least.indices.filter { loads[$0] < least[$0] }
  let lack = lacking.reduce(0) { $0 + least[$1] - loads[$1] }
  let givers = capacities.indices.filter { !lacking.contains($0) }
  // What must go anyway, because the capacities say so, is given to those who lack first.
  let held = givers.reduce(0) { $0 + min(loads[$1], capacities[$1]) }
  let given = givers.reduce(0) { $0 + max(0, loads[$1] - capacities[$1]) }
  let target = held - max(0, lack - given)
  func kept(_ level: Int) -> Int {
    givers.reduce(0) { $0 + min(loads[$1], capacities[$1], level) }
  }
  var (low, high) = (0, givers.map { capacities[$0] }.max() ?? 0)
  while low < high {
    let middle = (low + high + 1) / 2
    if kept(middle) <= target { low = middle } else { high = middle - 1 }
  }
  return capacities.indices.map { place in
    lack == 0 || lacking.contains(place)
      ? capacities[place] : min(capacities[place], low + 1, max(1, loads[place]))
  }
}

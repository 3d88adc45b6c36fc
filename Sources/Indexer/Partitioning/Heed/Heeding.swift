/// Divides a graph's users among places of which each holds at most its limit, as `demands` ask. The place of each vertex.
///
/// Users who stay together become one vertex. What pulls users to places becomes ties to anchors. What cannot be asked of a cut
/// (to be apart, to hold at least so many) is put right after it.
func divide(
  _ graph: Graph, into limits: [Int], heeding demands: Demands, tools: inout Tools
) -> [UInt32] {
  guard limits.count > 1 else { return [UInt32](repeating: 0, count: graph.count) }
  let whole = Heeded(graph, limits, demands)
  var division = Division(
    whole.graph, partitionOf: whole.divided(demands, tools: &tools), partitions: limits.count)
  if division.excess(over: limits) > 0 {
    division = whole.packed(division, tools: &tools)
  }
  if !demands.apart.isEmpty { whole.separate(&division, demands.apart, tools: &tools) }
  if !demands.least.isEmpty { whole.fill(&division, least: demands.least, apart: demands.apart) }
  var placeOf = whole.vertexOf.prefix(graph.count).map { division.partitionOf[Int($0)] }
  gather(graph, &placeOf, limits: limits, demands)
  return placeOf
}

/// A graph as it is divided where there are demands: groups are vertices, anchors stand at its end.
struct Heeded {
  private(set) var graph: Graph
  private(set) var shares: Shares
  private(set) var homes: Homes?
  /// The vertex of each user, then of each anchor.
  let vertexOf: [UInt32]
  /// How many anchors there are.
  let anchors: Int

  init(_ users: Graph, _ limits: [Int], _ demands: Demands) {
    var graph = users
    var shares = Shares(limits)
    if !demands.kindOf.isEmpty {
      graph.kinds = demands.kindOf
      shares.bounds = Bounds(permitted: demands.permitted, partitions: limits.count)
    }
    if !demands.anchors.isEmpty {
      (graph, shares) = demands.anchors.tied(to: graph, shares)
    }
    anchors = graph.count - users.count
    var homes = demands.anchors.homes
    homes?.placeOf += [UInt32](repeating: Homes.none, count: anchors)
    homes?.users += [UInt32](repeating: 0, count: anchors)
    if demands.groupOf.isEmpty {
      vertexOf = (0..<UInt32(graph.count)).map { $0 }
    } else {
      let clusters = Clusters(groups: demands.groupOf, vertices: graph.count)
      vertexOf = clusters.clusterOf
      homes = homes?.carried(into: clusters, places: limits.count)
      graph = contracted(graph, clusters, team: .alone)
    }
    self.graph = graph
    self.shares = shares
    self.homes = homes
  }

  /// The place of each vertex.
  fileprivate func divided(_ demands: Demands, tools: inout Tools) -> [UInt32] {
    if let homes {
      return settle(graph, shares, homes, anchors: anchors, least: demands.least, tools: &tools)
    }
    return demands.isFree
      ? divide(graph, into: shares.capacities, tools: &tools)
      : cut(graph, into: shares, tools: &tools)
  }

  /// Where groups were too large to be fitted in: the heavy vertices first, each where most room is, and the others around them.
  fileprivate func packed(_ division: Division, tools: inout Tools) -> Division {
    let heavy = (0..<graph.count).filter { graph.users[$0] > 1 }
      .sorted { (graph.users[$1], $0) < (graph.users[$0], $1) }
    var room = shares.capacities
    var places = [UInt32?](repeating: nil, count: graph.count)
    for vertex in heavy {
      let users = Int(graph.users[vertex])
      let here = Int(division.partitionOf[vertex])
      let permitted = room.indices.filter {
        room[$0] >= users && shares.permit(vertex, of: graph, in: $0)
      }
      guard
        let place = room[here] >= users
          ? here : permitted.max(by: { (room[$0], $1) < (room[$1], $0) })
      else { continue }
      places[vertex] = UInt32(place)
      room[place] -= users
    }
    var result = division
    refine(holding: places, &result, tools: &tools)
    return result
  }

  /// Betters a division in which some vertices stay in given places.
  func refine(holding places: [UInt32?], _ division: inout Division, tools: inout Tools) {
    var held = graph
    var rows = (0..<(shares.bounds?.kinds ?? 1)).map { kind in
      shares.capacities.indices.map { shares.bounds?.permit(UInt32(kind), in: UInt32($0)) ?? true }
    }
    let first = rows.count
    rows += shares.capacities.indices.map { only in shares.capacities.indices.map { $0 == only } }
    if held.kinds.isEmpty { held.kinds = [UInt32](repeating: 0, count: graph.count) }
    for (vertex, place) in places.enumerated() {
      if let place { held.kinds[vertex] = UInt32(first) + place }
    }
    refineByJet(
      held, &division,
      Shares(shares.capacities, bounds: Bounds(permitted: rows, partitions: shares.count)),
      tolerance: tools.effort.finestTolerance, effort: tools.effort, team: tools.team)
  }
}

extension Clusters {
  /// Each group one cluster, all other vertices one each, in the order of their first vertices.
  init(groups: [UInt32], vertices: Int) {
    var numbers: [UInt32: UInt32] = [:]
    clusterOf = []
    clusterOf.reserveCapacity(vertices)
    count = 0
    for vertex in 0..<vertices {
      let group = vertex < groups.count ? groups[vertex] : Rules.none
      if group != Rules.none, let number = numbers[group] {
        clusterOf.append(number)
        continue
      }
      if group != Rules.none { numbers[group] = UInt32(count) }
      clusterOf.append(UInt32(count))
      count += 1
    }
  }
}

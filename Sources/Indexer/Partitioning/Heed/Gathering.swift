/// Brings networks together again that fit into one place and are in several: old ones that new ties have joined, and those that
/// had to make way for others. Into the place that has most of each, if there is room.
///
/// Rules come first, and so does the number of users who may move: who is bound to places, stays with others or is to be apart
/// from others keeps his network where it is.
func gather(_ graph: Graph, _ placeOf: inout [UInt32], limits: [Int], _ demands: Demands) {
  let networks = Networks(of: graph)
  let greatest = limits.max() ?? 0
  let isSplit = networks.split(among: placeOf)
  guard networks.sizes.indices.contains(where: { isSplit[$0] && networks.sizes[$0] <= greatest })
  else { return }
  var division = Division(graph, partitionOf: placeOf, partitions: limits.count)
  let homes = demands.anchors.homes
  var moved = homes?.moved(in: placeOf) ?? 0
  let isHeld = demands.holds(graph.count)
  var members: [Int: [Int]] = [:]
  for vertex in 0..<graph.count {
    let network = Int(networks.networkOf[vertex])
    if isSplit[network] && networks.sizes[network] <= greatest {
      members[network, default: []].append(vertex)
    }
  }
  for (_, vertices) in members.sorted(by: { $0.key < $1.key }) {
    guard !vertices.contains(where: isHeld) else { continue }
    var counts = [Int](repeating: 0, count: limits.count)
    for vertex in vertices { counts[Int(division.partitionOf[vertex])] += Int(graph.users[vertex]) }
    let total = counts.reduce(0, +)
    let target = limits.indices.filter { counts[$0] > 0 }
      .sorted { (counts[$1], $0) < (counts[$0], $1) }
      .first { division.loads[$0] + total - counts[$0] <= limits[$0] }
    guard let target else { continue }
    let givesTooMuch = limits.indices.contains { place in
      place != target && !demands.least.isEmpty
        && division.loads[place] - counts[place] < demands.least[place]
    }
    var after = moved
    if let homes {
      for vertex in vertices {
        after += homes.hasMoved(vertex, in: UInt32(target)) ? Int(homes.users[vertex]) : 0
        after -=
          homes.hasMoved(vertex, in: division.partitionOf[vertex]) ? Int(homes.users[vertex]) : 0
      }
    }
    guard !givesTooMuch, after <= max(moved, homes?.mostMoved ?? .max) else { continue }
    moved = after
    for vertex in vertices {
      division.loads[Int(division.partitionOf[vertex])] -= Int(graph.users[vertex])
      division.partitionOf[vertex] = UInt32(target)
    }
    division.loads[target] += total
  }
  placeOf = division.partitionOf
}

extension Networks {
  /// Whether each network is in more than one place.
  fileprivate func split(among placeOf: [UInt32]) -> [Bool] {
    var first = [UInt32](repeating: .max, count: count)
    var isSplit = [Bool](repeating: false, count: count)
    for (vertex, network) in networkOf.enumerated() {
      if first[Int(network)] == .max { first[Int(network)] = placeOf[vertex] }
      if first[Int(network)] != placeOf[vertex] { isSplit[Int(network)] = true }
    }
    return isSplit
  }
}

extension Demands {
  /// Tells of each vertex whether a rule says something of it.
  fileprivate func holds(_ count: Int) -> (Int) -> Bool {
    var isHeld = [Bool](repeating: false, count: count)
    for (vertex, group) in groupOf.enumerated() where group != Rules.none { isHeld[vertex] = true }
    for (vertex, kind) in kindOf.enumerated() where permitted[Int(kind)].contains(false) {
      isHeld[vertex] = true
    }
    for vertex in apart.joined() { isHeld[Int(vertex)] = true }
    return { isHeld[$0] }
  }
}

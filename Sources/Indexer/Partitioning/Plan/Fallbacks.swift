/// For each partition the other nodes in the order in which they are to take over.
///
/// Where a node fails, its partitions go to those whom they have most ties with, but to none more than its weight allows: nobody
/// inherits a whole node while others stand by. The same for each further place in the order.
func fallbacks(of placement: Placement, _ graph: Graph) -> [[UInt32]] {
  let nodes = placement.nodes.count
  let ties = tiesToNodes(placement, graph)
  var users = [Int](repeating: 0, count: placement.nodeOf.count)
  for vertex in 0..<graph.count {
    users[Int(placement.partitionOf[vertex])] += Int(graph.users[vertex])
  }
  var lines = [[UInt32]](repeating: [], count: placement.nodeOf.count)
  var partitionsOf = [[Int]](repeating: [], count: nodes)
  for (partition, node) in placement.nodeOf.enumerated() {
    partitionsOf[Int(node)].append(partition)
  }
  for node in 0..<nodes {
    for _ in 0..<min(nodes - 1, mostFallbacks) {
      for (partition, heir) in heirs(
        of: partitionsOf[node], users: users, weights: placement.nodes.map(\.weight),
        ties: { ties[$0 * nodes + $1] },
        excluded: { $1 == node || lines[$0].contains(UInt32($1)) })
      {
        lines[partition].append(UInt32(heir))
      }
    }
  }
  return lines
}

/// So many nodes that fail at once are a case for `redirect.overflow`.
private let mostFallbacks = 15

/// One more node for each partition of a node: those with the strongest ties first, each heir up to the most, for its weight,
/// that somebody must inherit at least.
private func heirs(
  of partitions: [Int], users: [Int], weights: [Int], ties: (Int, Int) -> UInt64,
  excluded: (Int, Int) -> Bool
) -> [(Int, Int)] {
  func permitted(_ partition: Int) -> [Int] {
    weights.indices.filter { !excluded(partition, $0) }
  }
  /// Of the nodes permitted the one that would be least burdened for its weight.
  func lightest(_ partition: Int, _ inherited: [Int]) -> Int? {
    permitted(partition).min {
      let (a, b) = (inherited[$0] + users[partition], inherited[$1] + users[partition])
      let (left, right) = (a * weights[$1], b * weights[$0])
      return left < right
        || left == right && (ties(partition, $1), $0) < (ties(partition, $0), $1)
    }
  }
  // Without regard to ties: how even it can be.
  var inherited = [Int](repeating: 0, count: weights.count)
  var greatest = 0.0
  for partition in partitions.sorted(by: { (users[$1], $0) < (users[$0], $1) }) {
    guard let heir = lightest(partition, inherited) else { continue }
    inherited[heir] += users[partition]
    greatest = max(greatest, Double(inherited[heir]) / Double(weights[heir]))
  }
  let wishes = partitions.flatMap { partition in permitted(partition).map { (partition, $0) } }
    .sorted {
      let (first, second) = (ties($0.0, $0.1), ties($1.0, $1.1))
      return first > second || first == second && ($0.0, $0.1) < ($1.0, $1.1)
    }
  inherited = [Int](repeating: 0, count: weights.count)
  var heirOf: [Int: Int] = [:]
  for (partition, heir) in wishes where heirOf[partition] == nil {
    let burden = Double(inherited[heir] + users[partition]) / Double(weights[heir])
    guard burden <= greatest else { continue }
    heirOf[partition] = heir
    inherited[heir] += users[partition]
  }
  for partition in partitions where heirOf[partition] == nil {
    guard let heir = lightest(partition, inherited) else { continue }
    heirOf[partition] = heir
    inherited[heir] += users[partition]
  }
  return partitions.compactMap { partition in heirOf[partition].map { (partition, $0) } }
}

/// Weight of the ties of each partition to each node, partition after partition.
private func tiesToNodes(_ placement: Placement, _ graph: Graph) -> [UInt64] {
  let nodes = placement.nodes.count
  var ties = [UInt64](repeating: 0, count: placement.nodeOf.count * nodes)
  for vertex in 0..<graph.count {
    let row = Int(placement.partitionOf[vertex]) * nodes
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      let other = placement.nodeOf[Int(placement.partitionOf[Int(graph.neighbours[place])])]
      ties[row + Int(other)] += UInt64(graph.weights[place])
    }
  }
  return ties
}

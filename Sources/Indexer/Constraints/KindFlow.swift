/// Whether users of several kinds fit onto nodes, each kind only on some (a maximum flow, Edmonds and Karp 1972; users count as
/// divisible as they like).
struct KindFlow {
  /// Kinds that together need more than all nodes hold that any of them may be on; nil: everybody fits.
  private(set) var jam: (kinds: [Int], nodes: [Int])?

  private let permitted: [[Bool]]
  /// `flow[kind][node]`
  private var flow: [[Int]]
  private var unmet: [Int]
  private var free: [Int]

  init(demands: [Int], permitted: [[Bool]], capacities: [Int]) {
    self.permitted = permitted
    flow = [[Int]](
      repeating: [Int](repeating: 0, count: capacities.count), count: demands.count)
    unmet = demands
    free = capacities
    for kind in demands.indices {
      while unmet[kind] > 0 {
        let reached = reach(from: kind)
        guard let end = reached.free else {
          jam = (reached.kinds, reached.nodes)
          return
        }
        push(kind, end, reached.nodeFrom, reached.kindFrom)
      }
    }
  }

  private struct Reach {
    var kinds: [Int] = []
    var nodes: [Int] = []
    /// The kind from which each node was reached, and the node from which each kind was.
    var nodeFrom: [Int?]
    var kindFrom: [Int?]
    var free: Int?
  }

  /// Where users of a kind could go, if others made room.
  private func reach(from start: Int) -> Reach {
    var reach = Reach(
      nodeFrom: [Int?](repeating: nil, count: free.count),
      kindFrom: [Int?](repeating: nil, count: flow.count))
    reach.kinds = [start]
    var next = 0
    while next < reach.kinds.count {
      let kind = reach.kinds[next]
      next += 1
      for node in free.indices where permitted[kind][node] && reach.nodeFrom[node] == nil {
        reach.nodeFrom[node] = kind
        reach.nodes.append(node)
        if free[node] > 0 {
          reach.free = node
          return reach
        }
        for other in flow.indices
        where flow[other][node] > 0 && other != start && reach.kindFrom[other] == nil {
          reach.kindFrom[other] = node
          reach.kinds.append(other)
        }
      }
    }
    reach.nodes.sort()
    return reach
  }

  /// Sends as many as possible along the way that was found.
  private mutating func push(_ start: Int, _ end: Int, _ nodeFrom: [Int?], _ kindFrom: [Int?]) {
    var amount = min(unmet[start], free[end])
    var way: [(kind: Int, node: Int, from: Int?)] = []
    var node: Int? = end
    while let here = node, let kind = nodeFrom[here] {
      let before = kind == start ? nil : kindFrom[kind]
      if let before { amount = min(amount, flow[kind][before]) }
      way.append((kind, here, before))
      node = before
    }
    for step in way {
      flow[step.kind][step.node] += amount
      if let from = step.from { flow[step.kind][from] -= amount }
    }
    unmet[start] -= amount
    free[end] -= amount
  }
}

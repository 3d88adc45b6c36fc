/// What stands on each node, as graphs of their own: its users and the ties among them.
///
/// Each can be taken without the others, in any order.
struct Insides {
  private let graph: Graph
  private let nodeOf: [UInt32]
  /// The vertices of node `n`, ascending, are `members[starts[n]..<starts[n + 1]]`.
  private let members: [UInt32]
  private let starts: [Int]
  /// The number of each vertex on its own node.
  private let numbers: [UInt32]

  /// `nodeOf` tells the node of each vertex of `graph`, below `nodes`.
  init(of graph: Graph, nodeOf: [UInt32], nodes: Int) {
    self.graph = graph
    self.nodeOf = nodeOf
    var starts = [Int](repeating: 0, count: nodes + 1)
    for node in nodeOf { starts[Int(node) + 1] += 1 }
    for node in 0..<nodes { starts[node + 1] += starts[node] }
    var next = starts
    var members = [UInt32](repeating: 0, count: nodeOf.count)
    var numbers = members
    for vertex in nodeOf.indices {
      let node = Int(nodeOf[vertex])
      members[next[node]] = UInt32(vertex)
      numbers[vertex] = UInt32(next[node] - starts[node])
      next[node] += 1
    }
    self.members = members
    self.starts = starts
    self.numbers = numbers
  }

  /// The vertices on a node, ascending.
  func members(of node: Int) -> ArraySlice<UInt32> { members[starts[node]..<starts[node + 1]] }

  /// Nodes whose graphs are best made together: each for itself where the rows lie in memory, else as many as may be taken from
  /// the shelf at once.
  var companies: [Range<Int>] {
    let nodes = 0..<starts.count - 1
    guard graph.isShelved else { return nodes.map { $0..<$0 + 1 } }
    var entries = [0]
    for node in nodes {
      entries.append(members(of: node).reduce(entries[node]) { $0 + graph.degree(Int($1)) })
    }
    var companies: [Range<Int>] = []
    while (companies.last?.upperBound ?? 0) < nodes.count {
      companies.append(
        entries.window(
          from: companies.last?.upperBound ?? 0, entries: graph.storage.window))
    }
    return companies
  }

  /// The graphs of what is on some consecutive nodes; vertex `i` of one is the `i`-th of the node's members.
  func graphs(of nodes: Range<Int>) -> [Graph] {
    let insides = nodes.map { node in
      Inside(most: members(of: node).reduce(0) { $0 + graph.degree(Int($1)) }, graph.storage)
    }
    // In the order of the rows.
    let all = members[starts[nodes.lowerBound]..<starts[nodes.upperBound]]
    for vertex in nodes.count > 1 ? all.sorted()[...] : all {
      let node = nodeOf[Int(vertex)]
      append(Int(vertex), of: node, to: insides[Int(node) - nodes.lowerBound])
    }
    return zip(nodes, insides).map { node, inside in
      inside.graph(users: members(of: node).map { graph.users[Int($0)] }, storage: graph.storage)
    }
  }

  private func append(_ vertex: Int, of node: UInt32, to inside: Inside) {
    for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
      let neighbour = Int(graph.neighbours[place])
      if nodeOf[neighbour] == node { inside.append(numbers[neighbour], graph.weights[place]) }
    }
    inside.endRow()
  }
}

/// The graph of one node while it is made.
private final class Inside {
  private var offsets = [0]
  private var rows: RowsBuilder

  init(most: Int, _ storage: Storage) { rows = RowsBuilder(most: most, storage) }

  func append(_ neighbour: UInt32, _ weight: UInt32) { rows.append(neighbour, weight) }

  func endRow() { offsets.append(rows.count) }

  /// Everything; there is nothing left then.
  func graph(users: [UInt32], storage: Storage) -> Graph {
    Graph(offsets: offsets, rows.takeAll(), users: users, storage: storage)
  }
}

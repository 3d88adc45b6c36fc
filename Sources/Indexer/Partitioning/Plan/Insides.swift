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

  /// The graph of what is on a node; vertex `i` of it is the `i`-th of its members.
  func graph(of node: Int) -> Graph {
    var offsets = [0]
    var neighbours: [UInt32] = []
    var weights = Weights()
    for vertex in members(of: node).lazy.map(Int.init) {
      for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
        let neighbour = Int(graph.neighbours[place])
        guard nodeOf[neighbour] == UInt32(node) else { continue }
        neighbours.append(numbers[neighbour])
        weights.append(graph.weights[place])
      }
      offsets.append(neighbours.count)
    }
    return Graph(
      offsets: offsets, neighbours: neighbours, weights: weights,
      users: members(of: node).map { graph.users[Int($0)] })
  }
}

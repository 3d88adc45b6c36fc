/// Step 1 of the original: the user networks, which are the connected sets of users.
public struct Networks: Sendable {
  /// The network of each vertex, numbered from 0 in the order of their first vertices.
  public let networkOf: [UInt32]
  /// Users in each network.
  public let sizes: [Int]

  /// Number of networks.
  public var count: Int { sizes.count }

  /// The networks of a graph.
  public init(of graph: Graph) {
    let offsets = graph.offsets.span
    let neighbours = graph.neighbours.span
    let unseen = UInt32.max
    var networkOf = [UInt32](repeating: unseen, count: graph.count)
    var sizes: [Int] = []
    // A stack of seen vertices whose neighbours are still to be looked at.
    var reached: [UInt32] = []
    for start in 0..<graph.count where networkOf[start] == unseen {
      let network = UInt32(sizes.count)
      var size = 0
      networkOf[start] = network
      reached.append(UInt32(start))
      while let vertex = reached.popLast().map(Int.init) {
        size += Int(graph.users[vertex])
        for place in offsets[vertex]..<offsets[vertex + 1] {
          let neighbour = neighbours[place]
          guard networkOf[Int(neighbour)] == unseen else { continue }
          networkOf[Int(neighbour)] = network
          reached.append(neighbour)
        }
      }
      sizes.append(size)
    }
    self.networkOf = networkOf
    self.sizes = sizes
  }
}

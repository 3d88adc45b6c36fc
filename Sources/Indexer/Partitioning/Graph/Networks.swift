/// Step 1 of the original: the user networks, which are the connected sets of users.
public struct Networks: Sendable {
  /// The network of each vertex, numbered from 0 in the order of their first vertices.
  public let networkOf: [UInt32]
  /// Users in each network.
  public let sizes: [Int]

  /// Number of networks.
  public var count: Int { sizes.count }

  /// The networks of a graph, whose rows are looked at once, in their order (Galler, Fischer 1964).
  public init(of graph: Graph) {
    // Everybody's forerunner in the network: nobody comes after it, and who has no other is the network's first.
    var forerunner = (0..<UInt32(graph.count)).map { $0 }
    Self.join(graph, &forerunner)
    var sizes: [Int] = []
    for vertex in 0..<graph.count {
      let first = Int(forerunner[vertex])
      // Forerunners come first: theirs is the network's number already.
      let network = first == vertex ? UInt32(sizes.count) : forerunner[first]
      if first == vertex { sizes.append(0) }
      forerunner[vertex] = network
      sizes[Int(network)] += Int(graph.users[vertex])
    }
    networkOf = forerunner
    self.sizes = sizes
  }

  /// Leads everybody who is tied to the same first one.
  private static func join(_ graph: Graph, _ forerunner: inout [UInt32]) {
    let offsets = graph.offsets.span
    let neighbours = graph.neighbours
    var forerunner = forerunner.mutableSpan
    for vertex in 0..<graph.count {
      var own = vertex
      for place in offsets[vertex]..<offsets[vertex + 1] {
        var other = Int(neighbours[place])
        if other > vertex { continue }
        while forerunner[own] != own {
          forerunner[own] = forerunner[Int(forerunner[own])]
          own = Int(forerunner[own])
        }
        while forerunner[other] != other {
          forerunner[other] = forerunner[Int(forerunner[other])]
          other = Int(forerunner[other])
        }
        forerunner[max(own, other)] = UInt32(min(own, other))
        own = min(own, other)
      }
    }
  }
}

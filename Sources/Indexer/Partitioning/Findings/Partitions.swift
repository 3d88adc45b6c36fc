/// What a placement is worth, counted from the users' graph.
public struct Partitions: Sendable, Equatable {
  /// Users in each partition.
  public let sizes: [Int]
  /// Users on each node.
  public let usersOfNodes: [Int]
  /// The most users that a partition was allowed to hold; a node with fewer users has a lower limit.
  public let partitionLimit: Int
  /// All ties between users.
  public let all: Cut
  /// The ties whose ends are in different partitions.
  public let cut: Cut
  /// The ties whose ends are on different nodes.
  public let cutBetweenNodes: Cut
  /// User networks.
  public let networks: Int
  /// Users in the largest network.
  public let largestNetwork: Int
  /// Networks too large for one partition.
  public let largeNetworks: Int
  /// Networks that would have fitted into one partition but had to be cut.
  public let unpackedNetworks: Int

  /// Some of the ties.
  public struct Cut: Sendable, Equatable {
    /// How many.
    public var ties = 0
    /// Their weight.
    public var weight: UInt64 = 0

    /// Which share of `all` ties these are, from 0 to 1; 0 without ties.
    public func share(of all: Cut) -> Double { all.ties == 0 ? 0 : Double(ties) / Double(all.ties) }
    /// Which share of the weight of `all` ties these have, from 0 to 1; 0 without ties.
    public func weightShare(of all: Cut) -> Double {
      all.weight == 0 ? 0 : Double(weight) / Double(all.weight)
    }
  }

  /// Users in the largest partition.
  public var largest: Int { sizes.max() ?? 0 }
  /// Users in the smallest partition.
  public var smallest: Int { sizes.min() ?? 0 }

  /// Counts. Stops if a partition holds more than `limits` allow.
  public init(_ graph: Graph, _ placement: Placement, limits: Limits) {
    var sizes = [Int](repeating: 0, count: placement.nodeOf.count)
    for vertex in 0..<graph.count {
      sizes[Int(placement.partitionOf[vertex])] += Int(graph.users[vertex])
    }
    var usersOfNodes = [Int](repeating: 0, count: placement.nodes.count)
    var partitionsOfNodes = usersOfNodes
    for (partition, node) in placement.nodeOf.enumerated() {
      usersOfNodes[Int(node)] += sizes[partition]
      partitionsOfNodes[Int(node)] += 1
    }
    let limitOf = limits.partitionLimits(users: usersOfNodes, partitions: partitionsOfNodes)
    precondition(
      sizes.indices.allSatisfy { sizes[$0] <= limitOf[Int(placement.nodeOf[$0])] },
      "a partition holds more than its limit")
    self.sizes = sizes
    self.usersOfNodes = usersOfNodes
    let limit = limitOf.max() ?? 0
    partitionLimit = limit
    (all, cut, cutBetweenNodes) = Partitions.ties(graph, placement)
    let networks = Networks(of: graph)
    self.networks = networks.count
    largestNetwork = networks.sizes.max() ?? 0
    largeNetworks = networks.sizes.count { $0 > limit }
    let wasCut = Partitions.cutNetworks(networks, placement)
    unpackedNetworks = networks.sizes.indices.count { wasCut[$0] && networks.sizes[$0] <= limit }
  }

  private static func ties(_ graph: Graph, _ placement: Placement) -> (Cut, Cut, Cut) {
    var (all, cut, between) = (Cut(), Cut(), Cut())
    for vertex in 0..<graph.count {
      let here = placement.partitionOf[vertex]
      for place in graph.offsets[vertex]..<graph.offsets[vertex + 1]
      where Int(graph.neighbours[place]) > vertex {
        let weight = UInt64(graph.weights[place])
        all.ties += 1
        all.weight += weight
        let there = placement.partitionOf[Int(graph.neighbours[place])]
        guard there != here else { continue }
        cut.ties += 1
        cut.weight += weight
        guard placement.nodeOf[Int(there)] != placement.nodeOf[Int(here)] else { continue }
        between.ties += 1
        between.weight += weight
      }
    }
    return (all, cut, between)
  }

  /// Whether each network is in more than one partition.
  private static func cutNetworks(_ networks: Networks, _ placement: Placement) -> [Bool] {
    let none = UInt32.max
    var first = [UInt32](repeating: none, count: networks.count)
    var wasCut = [Bool](repeating: false, count: networks.count)
    for (vertex, network) in networks.networkOf.enumerated() {
      let partition = placement.partitionOf[vertex]
      if first[Int(network)] == none { first[Int(network)] = partition }
      if first[Int(network)] != partition { wasCut[Int(network)] = true }
    }
    return wasCut
  }
}

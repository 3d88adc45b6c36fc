/// What the partitioner found, counted from the users' graph.
public struct Partitions: Sendable, Equatable {
  /// The partition of each user, from 0.
  public let partitionOf: [UInt32]
  /// Users in each partition.
  public let sizes: [Int]
  /// The most users that a partition was allowed to hold.
  public let partitionLimit: Int
  /// Ties between users.
  public let ties: Int
  /// Ties whose ends are in different partitions.
  public let cutTies: Int
  /// Weight of all ties.
  public let weight: UInt64
  /// Weight of the ties whose ends are in different partitions.
  public let cutWeight: UInt64
  /// User networks.
  public let networks: Int
  /// Users in the largest network.
  public let largestNetwork: Int
  /// Networks too large for one partition.
  public let largeNetworks: Int
  /// Networks that would have fitted into one partition but had to be cut.
  public let unpackedNetworks: Int

  /// Users in the largest partition.
  public var largest: Int { sizes.max() ?? 0 }
  /// Users in the smallest partition.
  public var smallest: Int { sizes.min() ?? 0 }
  /// Share of the ties that is cut, from 0 to 1; 0 without ties.
  public var cutShare: Double { ties == 0 ? 0 : Double(cutTies) / Double(ties) }
  /// Share of the weight that is cut, from 0 to 1; 0 without ties.
  public var cutWeightShare: Double { weight == 0 ? 0 : Double(cutWeight) / Double(weight) }

  init(
    _ graph: Graph, _ partitionOf: [UInt32], _ networks: Networks, _ packing: Packing,
    limits: Limits
  ) {
    let division = Division(graph, partitionOf: partitionOf, partitions: limits.partitions)
    let limit = limits.partitionLimit(users: graph.count)
    precondition(
      division.loads.allSatisfy { $0 <= limit }, "a partition holds more than its limit of \(limit)"
    )
    self.partitionOf = partitionOf
    sizes = division.loads
    partitionLimit = limit
    ties = graph.ties
    var cutTwice = 0
    var cutWeightTwice: UInt64 = 0
    var weightTwice: UInt64 = 0
    for vertex in 0..<graph.count {
      for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
        weightTwice += UInt64(graph.weights[place])
        guard partitionOf[Int(graph.neighbours[place])] != partitionOf[vertex] else { continue }
        cutTwice += 1
        cutWeightTwice += UInt64(graph.weights[place])
      }
    }
    cutTies = cutTwice / 2
    cutWeight = cutWeightTwice / 2
    weight = weightTwice / 2
    self.networks = networks.count
    largestNetwork = networks.sizes.max() ?? 0
    largeNetworks = networks.sizes.count { $0 > limit }
    unpackedNetworks = packing.unpacked
  }
}

/// The networks that were cut, and where.
public struct CutNetworks: Sendable, Equatable {
  /// All networks.
  public let count: Int
  /// Users in the largest.
  public let largest: Int
  /// Networks that are too large for one partition.
  public let tooLarge: Int
  /// Networks that stand in several partitions.
  public let betweenPartitions: Int
  /// Networks that stand on several nodes.
  public let betweenNodes: Int
  /// Networks in several partitions that would have fitted into one.
  public let thoughFitting: Int
  /// The largest of those that were cut, the largest first; of equal ones the lower number first.
  public let listed: [CutNetwork]

  /// A list beyond this is for programs: `--networks` tells the place of every network.
  public static let most = 20

  /// `spans` has counted the ties.
  init(_ networks: Networks, _ spans: NetworkSpans, _ placement: Placement) {
    count = networks.count
    largest = networks.sizes.max() ?? 0
    tooLarge = networks.sizes.count { $0 > spans.widest }
    betweenPartitions = spans.cut.count
    betweenNodes = spans.cut.count { $0.isBetweenNodes }
    thoughFitting = spans.thoughFitting
    let order = spans.cut.indices.sorted { one, other in
      let (first, second) = (spans.cut[one], spans.cut[other])
      let sizes = (networks.sizes[first.network], networks.sizes[second.network])
      return sizes.0 == sizes.1 ? first.network < second.network : sizes.0 > sizes.1
    }
    let chosen = order.prefix(Self.most)
    let users = Self.users(of: chosen.map { spans.cut[$0].network }, networks, placement)
    listed = zip(chosen, users).map { index, users in
      CutNetwork(spans.cut[index], size: networks.sizes[spans.cut[index].network], users)
    }
  }

  /// Of each of the networks the users in each partition.
  private static func users(
    of chosen: [Int], _ networks: Networks, _ placement: Placement
  ) -> [[Int]] {
    var rowOf = [UInt32](repeating: .max, count: networks.count)
    for (row, network) in chosen.enumerated() { rowOf[network] = UInt32(row) }
    let none = [Int](repeating: 0, count: placement.nodeOf.count)
    var users = [[Int]](repeating: none, count: chosen.count)
    for user in placement.partitionOf.indices {
      let row = rowOf[Int(networks.networkOf[user])]
      if row != .max { users[Int(row)][Int(placement.partitionOf[user])] += 1 }
    }
    return users
  }
}

/// One network that was cut.
public struct CutNetwork: Sendable, Equatable {
  /// Its number, from 1, as in the tables of `--networks`: networks are numbered in the order of their first users.
  public let number: Int
  /// Users in it.
  public let users: Int
  /// Its ties between partitions.
  public let tiesBetweenPartitions: Int
  /// Its ties between nodes.
  public let tiesBetweenNodes: Int
  /// The partitions it stands in (from 0) and its users there; most users first, then the lower number.
  public let parts: [Part]

  /// Those users of a network who are in one partition.
  public struct Part: Sendable, Equatable {
    /// The partition, from 0.
    public let partition: Int
    /// How many they are.
    public let users: Int
  }

  init(_ span: NetworkSpans.Span, size: Int, _ usersOfPartition: [Int]) {
    number = span.network + 1
    users = size
    tiesBetweenPartitions = span.tiesBetweenPartitions
    tiesBetweenNodes = span.tiesBetweenNodes
    parts = usersOfPartition.indices.filter { usersOfPartition[$0] > 0 }
      .map { Part(partition: $0, users: usersOfPartition[$0]) }
      .sorted { ($1.users, $0.partition) < ($0.users, $1.partition) }
  }
}

/// Which networks stand in several partitions; filled while ties are counted.
///
/// Small where it can be: most networks are single users, and of those that are whole nothing is kept but one number.
struct NetworkSpans {
  struct Span {
    let network: Int
    var isBetweenNodes = false
    var tiesBetweenPartitions = 0
    var tiesBetweenNodes = 0
  }

  /// The networks in several partitions, by number.
  private(set) var cut: [Span] = []
  /// Those of them that would have fitted into the widest partition.
  private(set) var thoughFitting = 0
  /// The most users that any partition may hold.
  let widest: Int
  private let networkOf: [UInt32]
  /// The place of a network in `cut`.
  private var placeOf: [UInt32]

  init(_ networks: Networks, _ placement: Placement, widest: Int) {
    let unseen = UInt32.max
    let several = UInt32.max - 1
    networkOf = networks.networkOf
    self.widest = widest
    // First the partition of each network, or that it has several, then its place.
    placeOf = [UInt32](repeating: unseen, count: networks.count)
    for user in networkOf.indices {
      let network = Int(networkOf[user])
      if placeOf[network] == unseen {
        placeOf[network] = placement.partitionOf[user]
      } else if placeOf[network] != placement.partitionOf[user] {
        placeOf[network] = several
      }
    }
    for network in placeOf.indices {
      let isCut = placeOf[network] == several
      placeOf[network] = isCut ? UInt32(cut.count) : unseen
      guard isCut else { continue }
      cut.append(Span(network: network))
      if networks.sizes[network] <= widest { thoughFitting += 1 }
    }
  }

  /// A tie of `user` between two partitions.
  mutating func addCut(_ user: Int, isBetweenNodes: Bool) {
    let place = Int(placeOf[Int(networkOf[user])])
    cut[place].tiesBetweenPartitions += 1
    guard isBetweenNodes else { return }
    // A connected network on two nodes has a tie between them.
    cut[place].isBetweenNodes = true
    cut[place].tiesBetweenNodes += 1
  }
}

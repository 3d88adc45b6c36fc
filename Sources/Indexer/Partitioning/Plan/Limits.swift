/// How many partitions there shall be, on which nodes, and how much a node and a partition may hold.
public struct Limits: Sendable, Equatable {
  /// The nodes.
  public let pool: Pool
  /// Number of partitions. `Placement` may have more, if nobody has asked for a number and loads are uneven.
  public let partitions: Int
  /// Whether somebody has asked for just so many partitions.
  public let isAskedFor: Bool
  /// The most users that a partition may hold, whatever the balance: what the smallest system carries.
  public let partitionSize: Int
  /// How far above its share a node, and above the mean within its node a partition may be: 0.03 is 3 %.
  public let imbalance: Double
  /// Whether loads are counted for the nodes, so that heads say nothing of what a node can hold.
  public let byLoad: Bool

  /// The share by which partitions may differ from the mean when nobody says otherwise.
  public static let defaultImbalance = 0.03

  /// Limits without a pool: each partition stands for a node. Throws when `users` users cannot be divided so.
  public init(
    users: Int, partitions: Int, partitionSize: Int, imbalance: Double = defaultImbalance,
    byLoad: Bool = false
  ) throws(ImpossibleLimits) {
    try Limits.require(partitions, for: users)
    self.init(
      pool: Pool(partitions: partitions), partitions: partitions, isAskedFor: true,
      partitionSize: partitionSize, imbalance: imbalance, byLoad: byLoad)
    try requireRoom(users: users)
  }

  /// Limits for the nodes of `pool`.
  ///
  /// - Parameters:
  ///   - users: how many users there are; throws when they cannot be divided so.
  ///   - partitions: how many partitions; nil: the settled ones, and as many more as hold each node's share of the users in
  ///     partitions of at most `partitionSize`.
  ///   - byLoad: whether loads will be counted for the nodes.
  public init(
    users: Int, pool: Pool, partitions: Int?, partitionSize: Int,
    imbalance: Double = defaultImbalance, byLoad: Bool = false
  ) throws(ImpossibleLimits) {
    let needed = Limits.partitionsForShares(of: users, pool, partitionSize).reduce(0, +)
    let count = partitions ?? max(pool.primaries.count, min(users, needed))
    try Limits.require(count, for: users)
    self.init(
      pool: pool, partitions: count, isAskedFor: partitions != nil, partitionSize: partitionSize,
      imbalance: imbalance, byLoad: byLoad)
    if byLoad || !pool.primaries.isEmpty {
      try requireRoom(users: users)
    } else if nodeCapacities(ofUsers: users).reduce(0, +) < users {
      throw impossible(users: users)
    }
  }

  /// Throws if the partitions do not hold all users.
  private func requireRoom(users: Int) throws(ImpossibleLimits) {
    let mean = Limits.quotientRoundedUp(users, partitions)
    guard mean > partitionSize else { return }
    throw .tooManyUsers(
      users: users, partitions: partitions, partitionSize: partitionSize,
      leastPartitions: Limits.leastPartitions(users: users, partitionSize: partitionSize),
      leastPartitionSize: mean)
  }

  private static func require(_ partitions: Int, for users: Int) throws(ImpossibleLimits) {
    guard partitions > 0 else { throw .noPartitions }
    guard partitions <= users else {
      throw .fewerUsersThanPartitions(users: users, partitions: partitions)
    }
  }

  /// Numbers that somebody has looked at already.
  init(
    pool: Pool, partitions: Int, isAskedFor: Bool, partitionSize: Int, imbalance: Double,
    byLoad: Bool = false
  ) {
    precondition(partitionSize > 0 && imbalance >= 0 && imbalance.isFinite)
    self.pool = pool
    self.partitions = partitions
    self.isAskedFor = isAskedFor
    self.partitionSize = partitionSize
    self.imbalance = imbalance
    self.byLoad = byLoad
  }

  /// The fewest partitions that hold `users` users.
  public static func leastPartitions(users: Int, partitionSize: Int) -> Int {
    max(1, quotientRoundedUp(users, partitionSize))
  }

  /// The most users in one of so many partitions of a node that has `users`: min(S, max(ceil(mean), floor((1 + E) x mean))).
  public func partitionLimit(users: Int, partitions: Int) -> Int {
    min(partitionSize, stretched(users, weight: 1, among: partitions))
  }

  /// The most users in a partition of each node, given the users and the number of partitions of all nodes. One that has its
  /// node to itself may be as large as the node.
  public func partitionLimits(users: [Int], partitions: [Int]) -> [Int] {
    let nodeLimits = nodeLimits(of: users.reduce(0, +))
    return users.indices.map { node in
      switch partitions[node] {
      case 0: 0
      case 1: byLoad ? partitionSize : min(partitionSize, max(nodeLimits[node], users[node]))
      default: partitionLimit(users: users[node], partitions: partitions[node])
      }
    }
  }

  /// The most users (or load) on each node, of so many on all: max(ceil(share), floor((1 + E) x share)).
  public func nodeLimits(of total: Int) -> [Int] {
    pool.nodes.map { stretched(total, weight: $0.weight, among: pool.weight) }
  }

  /// max(ceil(share), floor((1 + E) x share)) of a share by weight.
  func stretched(_ total: Int, weight: Int, among all: Int) -> Int {
    let (share, isExact) = Limits.share(of: total, weight: weight, among: all)
    // A bound of all users is enough for any E, and keeps the conversion to `Int` safe.
    let stretched = min(
      Double(total), (1 + imbalance) * Double(total) * Double(weight) / Double(all))
    return max(share + (isExact ? 0 : 1), Int(stretched.rounded(.down)))
  }

  /// The settled partitions of each node, and as many more as hold its share of the users; at least one.
  static func partitionsForShares(of users: Int, _ pool: Pool, _ partitionSize: Int) -> [Int] {
    zip(pool.nodes, pool.settled).map { node, settled in
      let (share, isExact) = Limits.share(of: users, weight: node.weight, among: pool.weight)
      return max(
        settled,
        Limits.leastPartitions(users: share + (isExact ? 0 : 1), partitionSize: partitionSize))
    }
  }

  private static func share(of total: Int, weight: Int, among all: Int) -> (Int, isExact: Bool) {
    let (quotient, remainder) = all.dividingFullWidth(total.multipliedFullWidth(by: weight))
    return (quotient, remainder == 0)
  }

  static func quotientRoundedUp(_ dividend: Int, _ divisor: Int) -> Int {
    dividend / divisor + (dividend % divisor == 0 ? 0 : 1)
  }
}

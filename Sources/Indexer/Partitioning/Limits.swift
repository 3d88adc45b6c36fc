/// How many partitions there shall be, and how many users one may hold.
public struct Limits: Sendable, Equatable {
  /// Number of partitions.
  public let partitions: Int
  /// The most users that a partition may hold, whatever the balance: what the smallest system carries.
  public let partitionSize: Int
  /// How far above the mean a partition may be: 0.03 is 3 %.
  public let imbalance: Double

  /// The share by which partitions may differ from the mean when nobody says otherwise.
  public static let defaultImbalance = 0.03

  /// Throws when `users` users cannot be divided so.
  public init(
    users: Int, partitions: Int, partitionSize: Int, imbalance: Double = defaultImbalance
  ) throws(ImpossibleLimits) {
    precondition(partitionSize > 0 && imbalance >= 0 && imbalance.isFinite)
    guard partitions > 0 else { throw .noPartitions }
    guard partitions <= users else {
      throw .fewerUsersThanPartitions(users: users, partitions: partitions)
    }
    let mean = Limits.quotientRoundedUp(users, partitions)
    guard mean <= partitionSize else {
      throw .tooManyUsers(
        users: users, partitions: partitions, partitionSize: partitionSize,
        leastPartitions: Limits.leastPartitions(users: users, partitionSize: partitionSize),
        leastPartitionSize: mean)
    }
    self.partitions = partitions
    self.partitionSize = partitionSize
    self.imbalance = imbalance
  }

  /// The fewest partitions that hold `users` users.
  public static func leastPartitions(users: Int, partitionSize: Int) -> Int {
    max(1, quotientRoundedUp(users, partitionSize))
  }

  /// The most users in one partition: min(S, max(ceil(mean), floor((1 + E) x mean))).
  public func partitionLimit(users: Int) -> Int {
    // A bound of all users is enough for any E, and keeps the conversion to `Int` safe.
    let stretched = min(
      Double(users), (1 + imbalance) * Double(users) / Double(partitions))
    return min(
      partitionSize,
      max(Limits.quotientRoundedUp(users, partitions), Int(stretched.rounded(.down))))
  }

  private static func quotientRoundedUp(_ dividend: Int, _ divisor: Int) -> Int {
    dividend / divisor + (dividend % divisor == 0 ? 0 : 1)
  }
}

/// Why no division can keep the limits, with the smallest numbers that work.
public enum ImpossibleLimits: Error, Equatable, Sendable, CustomStringConvertible {
  case noPartitions
  case fewerUsersThanPartitions(users: Int, partitions: Int)
  case tooManyUsers(
    users: Int, partitions: Int, partitionSize: Int, leastPartitions: Int, leastPartitionSize: Int)

  /// One sentence for people.
  public var description: String {
    switch self {
    case .noPartitions:
      "there must be at least 1 partition"
    case .fewerUsersThanPartitions(users: 0, _):
      "there are no users; there must be at least 1 for each partition"
    case .fewerUsersThanPartitions(let users, let partitions):
      "\(users) users cannot fill \(partitions) partitions; at most \(users) partitions work"
    case .tooManyUsers(let users, let partitions, let size, let leastPartitions, let leastSize):
      """
      \(users) users do not fit into \(partitions) partitions of at most \(size); the smallest numbers \
      that work are \(leastPartitions) partitions of \(size), or \(partitions) partitions of \(leastSize)
      """
    }
  }
}

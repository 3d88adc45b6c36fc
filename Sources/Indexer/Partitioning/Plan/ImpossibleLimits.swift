/// Why no division can keep the limits, with the smallest numbers that work.
public enum ImpossibleLimits: Error, Equatable, Sendable, CustomStringConvertible {
  case noPartitions
  case fewerUsersThanPartitions(users: Int, partitions: Int)
  case tooManyUsers(
    users: Int, partitions: Int, partitionSize: Int, leastPartitions: Int, leastPartitionSize: Int)
  /// The partitions hold all users, but not so that no node has more than its share of them. No size of partitions
  /// (nil) may help.
  case sharesNotHeld(
    nodes: Int, users: Int, partitions: Int, partitionSize: Int, leastPartitions: Int,
    leastPartitionSize: Int?)
  /// One full partition is more than a node may hold.
  case partitionAboveNode(
    node: String, capacity: Int, users: Int, partitionSize: Int, leastPartitions: Int)

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
    case .sharesNotHeld(
      let nodes, let users, let partitions, let size, let leastPartitions, let leastSize?):
      """
      \(partitions) partitions of at most \(size) cannot give each of \(nodes) nodes its share of \(users) \
      users; the smallest numbers that work are \(leastPartitions) partitions of \(size), or \(partitions) \
      partitions of \(leastSize)
      """
    case .sharesNotHeld(
      let nodes, let users, let partitions, let size, let leastPartitions, nil):
      """
      \(partitions) partitions of at most \(size) cannot give each of \(nodes) nodes its share of \(users) \
      users; the smallest number that works is \(leastPartitions) partitions
      """
    case .partitionAboveNode(let node, let capacity, let users, let size, let leastPartitions):
      """
      a partition of \(size) users is more than node \(node) may hold, which is \(capacity) of \(users) \
      users; the smallest numbers that work are \(leastPartitions) partitions of \(capacity)
      """
    }
  }
}

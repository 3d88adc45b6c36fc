public import Shared

/// The provider chain with all it needs: an immutable value, shared by all workers of a snapshot.
///
/// The map itself is not part of it: looking a user up reads memory that a file backs, so the look-up is an
/// argument of `verdict`. Nothing here allocates once the table is built.
public struct RoutingTable: Sendable {
  /// The pool, in the order of `redirect.to`.
  public let pool: Pool
  /// The chain, in order.
  public let providers: [Provider]
  /// The table of provider `db`; nil where the chain does not have it.
  let partitions: PartitionTable?
  /// The table of provider `roundrobin`; nil where the chain does not have it.
  let roundrobin: PartitionTable?
  /// The rules of provider `regex`; nil where the chain does not have it.
  let rules: RegexRules?
  let rendezvous: Rendezvous
  let order: WeightedOrder

  /// - Parameter hashKey: the key of provider `hash`, the same on all edges (`redirect.hash.secret`).
  public init(
    pool: Pool, providers: [Provider], partitions: PartitionTable?, roundrobin: PartitionTable?,
    rules: RegexRules?, hashKey: (UInt64, UInt64)
  ) {
    self.pool = pool
    self.providers = providers
    self.partitions = partitions
    self.roundrobin = roundrobin
    self.rules = rules
    self.order = WeightedOrder(weights: pool.nodes.map(\.weight))
    self.rendezvous = Rendezvous(
      nodes: pool.nodes.map { (name: $0.name, weight: $0.weight) }, key: hashKey)
  }

  /// Asks the providers in their order.
  ///
  /// - Parameters:
  ///   - user: the canonical bare JID.
  ///   - turn: the round-robin position of the caller; raised when provider `roundrobin` answers.
  ///   - scratch: memory of the regular expressions, reused between calls.
  ///   - map: looks a user up in the map; nil if it is not there.
  public func verdict(
    for user: Span<UInt8>, turn: inout UInt64, scratch: inout RegexRules.Scratch,
    map: (Span<UInt8>) -> Partition?
  ) -> Verdict {
    var known = false
    for provider in providers {
      switch provider {
      case .db:
        guard let partition = map(user) else { continue }
        known = true
        if let node = node(of: partition, in: partitions) {
          return .route(Route(node: node, provider: .db, partition: partition))
        }
      case .regex:
        guard let result = rules?.match(user, scratch: &scratch) else { continue }
        known = true
        if let route = route(of: result) { return .route(route) }
      case .roundrobin:
        known = true
        if let route = nextInTurn(&turn) { return .route(route) }
      case .hash:
        known = true
        if let node = rendezvous.node(for: user, available: pool.isAvailable) {
          return .route(Route(node: node, provider: .hash))
        }
      case .peers:
        continue
      }
      // A user who is known has one place; another provider would scatter people who belong together.
      if known { return .noNode }
    }
    return .unknown
  }

  /// The first available node of a partition.
  private func node(of partition: Partition, in table: PartitionTable?) -> Int? {
    table?.firstNode(of: partition, order: order, where: pool.isAvailable)
  }

  private func route(of result: RegexRules.Result) -> Route? {
    switch result {
    case .node(let node):
      return pool.isAvailable(node) ? Route(node: node, provider: .regex) : nil
    case .partition(let partition):
      guard let node = node(of: partition, in: partitions) else { return nil }
      return Route(node: node, provider: .regex, partition: partition)
    }
  }

  /// The original's round-robin: unknown users are dealt to the partitions in turn.
  private func nextInTurn(_ turn: inout UInt64) -> Route? {
    guard let table = roundrobin, !table.lines.isEmpty else {
      return nil
    }
    let partition = Partition(truncatingIfNeeded: turn % UInt64(table.lines.count)) + 1
    turn &+= 1
    guard let node = node(of: partition, in: table) else { return nil }
    return Route(node: node, provider: .roundrobin, partition: partition)
  }
}

public import Shared

/// The provider chain with all it needs: an immutable value, shared by all workers of a snapshot.
///
/// What lies outside is an argument of `verdict`: the map (memory that a file backs), plug-ins, and how much each node takes
/// now. Nothing here allocates once the table is built.
public struct RoutingTable: Sendable {
  /// A user's partition; nil: not known there.
  public typealias Look = (_ user: Span<UInt8>) -> Partition?
  /// What the plug-in of that index says of a user.
  public typealias Ask = (_ plugin: Int, _ user: Span<UInt8>) -> PluginAnswer

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
  /// Whether a user without an available node of his own goes to any other (`redirect.overflow`).
  let overflows: Bool
  /// Whether provider `hash` has a secret and takes whoever is unknown: then nobody can tell a known user from an unknown
  /// one, and both cost the same.
  let concealsUsers: Bool
  let rendezvous: Rendezvous
  let order: WeightedOrder

  /// - Parameter hashKey: the key of provider `hash`, the same on all edges (`redirect.hash.secret`); nil: there is no
  ///   secret.
  public init(
    pool: Pool, providers: [Provider], partitions: PartitionTable?, roundrobin: PartitionTable?,
    rules: RegexRules?, overflows: Bool = false, hashKey: (UInt64, UInt64)?
  ) {
    self.pool = pool
    self.providers = providers
    self.partitions = partitions
    self.roundrobin = roundrobin
    self.rules = rules
    self.overflows = overflows
    self.concealsUsers = hashKey != nil && providers.first(where: \.takesEverybody) == .hash
    self.order = WeightedOrder(weights: pool.nodes.map(\.weight))
    self.rendezvous = Rendezvous(
      nodes: pool.nodes.map { (name: $0.name, weight: $0.weight) }, key: hashKey ?? (0, 0))
  }

  /// Asks the providers in their order.
  ///
  /// - Parameters:
  ///   - user: the canonical bare JID.
  ///   - first: where in the chain to begin: 0, or where `askPeers` said to go on.
  ///   - canAskPeers: whether there is a peer worth asking.
  ///   - turn: the round-robin position of the caller; raised when provider `roundrobin` answers.
  ///   - scratch: memory of the regular expressions, reused between calls.
  ///   - shares: what each node takes now.
  ///   - plugin: asks the plug-in of that index.
  ///   - map: looks a user up in the map; nil if it is not there.
  public func verdict(
    for user: Span<UInt8>, from first: Int = 0, canAskPeers: Bool = false, turn: inout UInt64,
    scratch: inout RegexRules.Scratch, shares: some NodeShares, plugin: Ask, map: Look
  ) -> Verdict {
    // What only unknown users need is worked out for everybody: its time must not tell who is known.
    let hashed = concealsUsers ? hashedNode(for: user, shares) : nil
    let ruled = concealsUsers ? rules?.match(user, scratch: &scratch) : nil
    for step in first..<max(first, providers.count) {
      switch providers[step] {
      case .db:
        guard let partition = map(user) else { continue }
        return route(.db, partition, in: partitions, user, shares)
      case .regex:
        let match = concealsUsers ? ruled : rules?.match(user, scratch: &scratch)
        guard let result = match else { continue }
        switch result {
        case .partition(let partition):
          return route(.regex, partition, in: partitions, user, shares)
        case .node(let node):
          return route(.regex, nil, firstNode(user, shares) { $0(node) ? node : nil })
        }
      case .roundrobin:
        return nextInTurn(user, &turn, shares)
      case .hash:
        return route(.hash, nil, concealsUsers ? hashed : hashedNode(for: user, shares))
      case .plugin(let index):
        switch plugin(index, user) {
        case .unknown: continue
        case .partition(let partition):
          return route(.plugin(index), partition, in: partitions, user, shares)
        case .node(let node):
          return route(.plugin(index), nil, firstNode(user, shares) { $0(node) ? node : nil })
        }
      case .peers:
        if canAskPeers { return .askPeers(next: step + 1) }
      }
    }
    return .unknown
  }

  /// The verdict on a user whom a peer knows: `nodes` are his partition's, in order, as indices into the pool.
  public func verdict(
    for user: Span<UInt8>, nodes: [Int], partition: Partition, shares: some NodeShares
  ) -> Verdict {
    let node = firstNode(user, shares) { available in nodes.first(where: available) }
    return route(.peers, partition, node)
  }

  /// The verdict on a name that no user can have, where that must not show: what an unknown user gets, at the same cost.
  ///
  /// - Parameters:
  ///   - name: any bytes; the first is a mark that sets them apart from all users.
  ///   - map: asked for the time that it takes; what it says does not count, nor what the rules say.
  public func verdict(
    forNobody name: Span<UInt8>, scratch: inout RegexRules.Scratch, shares: some NodeShares,
    map: Look
  ) -> Verdict {
    let unmarked = name.extracting(droppingFirst: 1)
    _ = map(unmarked)
    _ = rules?.match(unmarked, scratch: &scratch)
    return route(.hash, nil, hashedNode(for: name, shares))
  }

  // MARK: A node for a user

  /// A user who is known has one place; another provider would scatter people who belong together. So no node here is no
  /// node at all.
  private func route(_ provider: Provider, _ partition: Partition?, _ node: Int?) -> Verdict {
    guard let node else { return .noNode }
    return .route(Route(node: node, provider: provider, partition: partition))
  }

  private func route(
    _ provider: Provider, _ partition: Partition, in table: PartitionTable?, _ user: Span<UInt8>,
    _ shares: some NodeShares
  ) -> Verdict {
    let node = firstNode(user, shares) { available in
      table?.firstNode(of: partition, order: order, where: available)
    }
    return route(provider, partition, node)
  }

  /// The original's round-robin: unknown users are dealt to the partitions in turn, or to the nodes by their weights where
  /// the file has no partition.
  private func nextInTurn(
    _ user: Span<UInt8>, _ turn: inout UInt64, _ shares: some NodeShares
  ) -> Verdict {
    guard let table = roundrobin else { return .noNode }
    let count = table.lines.isEmpty ? order.sequence.count : table.lines.count
    guard count > 0 else { return .noNode }
    let partition = Partition(truncatingIfNeeded: turn % UInt64(count)) + 1
    turn &+= 1
    return route(.roundrobin, partition, in: table, user, shares)
  }

  private func hashedNode(for user: Span<UInt8>, _ shares: some NodeShares) -> Int? {
    rendezvous.node(for: user, available: { admits($0, user, shares) })
      ?? rendezvous.node(for: user, available: { shares.share(of: $0) != .none })
  }

  /// Three rounds: nodes that take this user now; nodes that take anybody, because a node that has just come back is better
  /// than none; and any other node of the pool where users may overflow.
  private func firstNode(
    _ user: Span<UInt8>, _ shares: some NodeShares, _ search: (_ available: (Int) -> Bool) -> Int?
  ) -> Int? {
    if let node = search({ admits($0, user, shares) }) { return node }
    if let node = search({ shares.share(of: $0) != .none }) { return node }
    return overflows ? hashedNode(for: user, shares) : nil
  }

  private func admits(_ node: Int, _ user: Span<UInt8>, _ shares: some NodeShares) -> Bool {
    switch shares.share(of: node) {
    case .all: true
    case .none: false
    case let some: some.admits(rendezvous.lot(of: user, at: node))
    }
  }
}

import Shared
import Testing

@testable import Routing

/// The provider chain: who answers, and with which node.
@Suite struct RoutingTableTests {
  /// A pool of three nodes; `extra` lines of configuration.
  static func table(
    providers: String, extra: String = "", partitions: String = "imA, imB\nimB, imC\nimC\n",
    rules: String = ""
  ) throws -> RoutingTable {
    let text = """
      redirect.to = imA, imB, imC
      redirect.to.imA.host = a.example:5222
      redirect.to.imB.host = b.example:5223
      redirect.to.imC.host = [2001:db8::3]:5222
      redirect.to.imA.directtls = a.example:443
      redirect.provider = \(providers)
      \(extra)
      """
    let configuration = try Configuration(parsing: text, file: "redirect.conf")
    let names = configuration.nodes.map(\.name)
    let table = try PartitionTable(
      parsing: Array(partitions.utf8), file: "redirect.partitions", nodes: names)
    return RoutingTable(
      pool: Pool(configuration.nodes), providers: configuration.providers, partitions: table,
      roundrobin: table,
      rules: try RegexRules(parsing: rules, file: "redirect.regex", nodes: names),
      hashKey: (1, 2))
  }

  /// What nodes take: by default all that are not drained take everybody.
  struct Shares: NodeShares {
    let pool: Pool
    var parts: [Int: UInt32] = [:]
    func share(of node: Int) -> Share {
      pool.nodes[node].isActive ? Share(parts: parts[node] ?? 1024) : .none
    }
  }

  static func verdict(
    _ table: RoutingTable, _ user: String, map: [String: Partition] = [:],
    plugins: [Int: [String: PluginAnswer]] = [:], turn: UInt64 = 0, parts: [Int: UInt32] = [:],
    from first: Int = 0, canAskPeers: Bool = false
  ) -> Verdict {
    var turn = turn
    var scratch = RegexRules.Scratch()
    let bytes = Array(user.utf8)
    func text(_ key: Span<UInt8>) -> String {
      String(decoding: (0..<key.count).map { key[$0] }, as: UTF8.self)
    }
    return table.verdict(
      for: bytes.span, from: first, canAskPeers: canAskPeers, turn: &turn, scratch: &scratch,
      shares: Shares(pool: table.pool, parts: parts),
      plugin: { plugins[$0]?[text($1)] ?? .unknown }, map: { map[text($0)] })
  }

  @Test func partitionsLeadToTheirFirstAvailableNode() throws {
    let map: [String: Partition] = ["a@x": 1, "b@x": 2, "c@x": 3]
    let all = try Self.table(providers: "db")
    #expect(
      Self.verdict(all, "a@x", map: map) == .route(Route(node: 0, provider: .db, partition: 1)))
    #expect(
      Self.verdict(all, "c@x", map: map) == .route(Route(node: 2, provider: .db, partition: 3)))
    let drained = try Self.table(providers: "db", extra: "redirect.to.imA.state = drain")
    #expect(
      Self.verdict(drained, "a@x", map: map) == .route(Route(node: 1, provider: .db, partition: 1)))
    let withoutC = try Self.table(providers: "db,hash", extra: "redirect.to.imC.state = drain")
    #expect(Self.verdict(withoutC, "c@x", map: map) == .noNode)
    #expect(Self.verdict(all, "nobody@x", map: map) == .unknown)
  }

  /// Partitions beyond the file have a fixed place in the weighted order, the same on every edge.
  @Test func partitionsBeyondTheFile() throws {
    let table = try Self.table(providers: "db", extra: "redirect.to.imB.weight = 2")
    var counts = [0, 0, 0]
    for partition in 4..<404 as Range<Partition> {
      let verdict = Self.verdict(table, "u@x", map: ["u@x": partition])
      guard case .route(let route) = verdict else {
        Issue.record("partition \(partition): \(verdict)")
        continue
      }
      counts[route.node] += 1
      #expect(Self.verdict(table, "u@x", map: ["u@x": partition]) == verdict)
    }
    #expect(counts == [100, 200, 100])
  }

  @Test func theChainGoesOnWhileNobodyKnowsTheUser() throws {
    let rules = "^admin@ -> imC\n@b\\.example$ -> 2\n"
    let table = try Self.table(providers: "db,regex,peers,hash", rules: rules)
    #expect(
      Self.verdict(table, "admin@a.example", map: ["admin@a.example": 1])
        == .route(Route(node: 0, provider: .db, partition: 1)))
    #expect(
      Self.verdict(table, "admin@a.example") == .route(Route(node: 2, provider: .regex)))
    #expect(
      Self.verdict(table, "u@b.example") == .route(Route(node: 1, provider: .regex, partition: 2)))
    guard case .route(let route) = Self.verdict(table, "u@c.example") else {
      Issue.record("provider hash knows everybody")
      return
    }
    #expect(route.provider == .hash)
    #expect(Self.verdict(table, "u@c.example") == .route(route))
  }

  /// Each plug-in has its place in the chain; what it says is treated like what a rule says.
  @Test func pluginsAreAskedInTheirPlaces() throws {
    let table = try Self.table(
      providers: "./first.so, db, ./second.so", extra: "redirect.to.imC.state = drain")
    let plugins: [Int: [String: PluginAnswer]] = [
      0: ["a@x": .node(1), "b@x": .partition(2), "c@x": .node(2), "d@x": .partition(3)],
      1: ["a@x": .node(0), "e@x": .node(0), "f@x": .node(1), "g@x": .partition(1000)],
    ]
    let expected: [(String, Verdict)] = [
      ("a@x", .route(Route(node: 1, provider: .plugin(0)))),
      ("b@x", .route(Route(node: 1, provider: .plugin(0), partition: 2))),
      // Who is known has one place, even if nobody can go there now.
      ("c@x", .noNode), ("d@x", .noNode),
      ("e@x", .route(Route(node: 1, provider: .db, partition: 2))),
      ("f@x", .route(Route(node: 1, provider: .plugin(1)))),
      ("h@x", .unknown),
    ]
    for (user, verdict) in expected {
      #expect(
        Self.verdict(table, user, map: ["e@x": 2], plugins: plugins) == verdict, "\(user)")
    }
    // A partition beyond the file: where the map would send it.
    let beyond = Self.verdict(table, "g@x", plugins: plugins)
    guard case .route(let route) = beyond,
      case .route(let ofMap) = Self.verdict(table, "z@x", map: ["z@x": 1000])
    else {
      Issue.record("\(beyond)")
      return
    }
    #expect(route.node == ofMap.node && route.partition == 1000)
  }

  @Test func nodesByTheirNames() throws {
    let pool = try Self.table(providers: "db").pool
    for (name, node) in [
      ("imA", 0), ("imC", 2), ("im", nil), ("imAA", nil), ("ima", nil), ("", nil),
    ] as [(String, Int?)] {
      let bytes = Array(name.utf8)
      let found = pool.node(named: bytes.span)
      #expect(found == node, "\(name)")
    }
  }

  @Test func roundrobinDealsPartitionsInTurn() throws {
    let table = try Self.table(providers: "db,roundrobin")
    for (turn, node) in [(0, 0), (1, 1), (2, 2), (3, 0)] as [(UInt64, Int)] {
      let verdict = Self.verdict(table, "u@x", turn: turn)
      #expect(
        verdict == .route(Route(node: node, provider: .roundrobin, partition: Partition(node + 1))))
    }
  }

  @Test func hashAvoidsDrainedNodesAndMovesNobodyElse() throws {
    let all = try Self.table(providers: "hash")
    let drained = try Self.table(providers: "hash", extra: "redirect.to.imB.state = drain")
    for number in 0..<500 {
      guard case .route(let before) = Self.verdict(all, "u\(number)@x"),
        case .route(let after) = Self.verdict(drained, "u\(number)@x")
      else {
        Issue.record("u\(number) has no node")
        continue
      }
      #expect(after.node != 1)
      if before.node != 1 { #expect(after.node == before.node) }
    }
  }

  /// What nobody has gets what an unknown user gets, and the map, the rules and round-robin have no say in it.
  @Test(arguments: ["db,regex,hash", "db,regex,roundrobin"])
  func nobodyIsSentByHashAlone(chain: String) throws {
    let table = try Self.table(providers: chain, rules: "a -> imA\n")
    let hash = try Self.table(providers: "hash")
    var scratch = RegexRules.Scratch()
    func node(_ text: String, parts: [Int: UInt32] = [:]) -> Int? {
      let name = [0xFF] + Array(text.utf8)
      var looks = 0
      let verdict = table.verdict(
        forNobody: name.span, scratch: &scratch, shares: Shares(pool: table.pool, parts: parts)
      ) { unmarked in
        looks += 1
        #expect(unmarked.count == name.count - 1)
        return 1
      }
      #expect(looks == 1)
      guard case .route(let route) = verdict else { return nil }
      #expect(route.provider == .hash && route.partition == nil)
      return route.node
    }
    var counts = [0, 0, 0]
    var same = 0
    for number in 0..<600 {
      let name = "a \(number)@x"
      let first = try #require(node(name))
      #expect(node(name) == first)
      // A node's loss moves only its own.
      let other = try #require(node(name, parts: [(first + 1) % 3: 0]))
      #expect(other == first)
      #expect(node(name, parts: [first: 0]) != first)
      counts[first] += 1
      // The mark counts: the same letters as a user lead elsewhere as often as chance says.
      if Self.verdict(hash, name) == .route(Route(node: first, provider: .hash)) { same += 1 }
    }
    #expect(counts.allSatisfy { (140...260).contains($0) }, "\(counts)")
    #expect((140...260).contains(same))
    #expect(node("a b@x", parts: [0: 0, 1: 0, 2: 0]) == nil)
  }

  @Test func aSecretConcealsNobodyWhereHashIsNeverAsked() throws {
    #expect(try Self.table(providers: "db,regex,hash").concealsUsers)
    #expect(try !Self.table(providers: "db,regex").concealsUsers)
    #expect(try !Self.table(providers: "db,roundrobin,hash").concealsUsers)
  }

  @Test func peersAreAskedInTheirPlaceOfTheChain() throws {
    let table = try Self.table(providers: "db,peers,hash")
    #expect(Self.verdict(table, "u@x", canAskPeers: true) == .askPeers(next: 2))
    #expect(Self.verdict(table, "u@x", map: ["u@x": 2], canAskPeers: true) != .askPeers(next: 2))
    guard case .route(let route) = Self.verdict(table, "u@x", from: 2, canAskPeers: true) else {
      Issue.record("the chain does not go on")
      return
    }
    #expect(route.provider == .hash)
    #expect(Self.verdict(table, "u@x") == .route(route))
    let last = try Self.table(providers: "db,peers")
    #expect(Self.verdict(last, "u@x", from: 2, canAskPeers: true) == .unknown)
  }

  @Test func aPeersAnswerIsAListOfNodes() throws {
    let table = try Self.table(providers: "db,peers")
    let user = Array("u@x".utf8)
    func node(_ parts: [Int: UInt32]) -> Verdict {
      table.verdict(
        for: user.span, nodes: [2, 1], partition: 77, shares: Shares(pool: table.pool, parts: parts)
      )
    }
    #expect(node([:]) == .route(Route(node: 2, provider: .peers, partition: 77)))
    #expect(node([2: 0]) == .route(Route(node: 1, provider: .peers, partition: 77)))
    #expect(node([2: 0, 1: 0]) == .noNode)
  }

  /// The original's file may be empty: then users are dealt to the nodes by their weights.
  @Test func roundrobinWithoutPartitionsDealsByWeight() throws {
    let table = try Self.table(
      providers: "roundrobin", extra: "redirect.to.imB.weight = 2", partitions: "# none\n")
    var counts = [0, 0, 0]
    for turn in 0..<400 as Range<UInt64> {
      guard case .route(let route) = Self.verdict(table, "u@x", turn: turn) else {
        Issue.record("turn \(turn)")
        return
      }
      counts[route.node] += 1
    }
    #expect(counts == [100, 200, 100])
  }

  @Test func targetsByKindOfConnection() throws {
    let pool = try Self.table(providers: "db").pool
    func target(_ node: Int, _ kind: ClientKind) -> String {
      String(decoding: pool.target(of: node, for: kind), as: UTF8.self)
    }
    #expect(target(0, .starttls) == "a.example:5222")
    #expect(target(0, .directtls) == "a.example:443")
    #expect(target(2, .starttls) == "[2001:db8::3]:5222")
    #expect(target(1, .directtls) == "")
    #expect(pool.serves(.starttls))
    #expect(!pool.serves(.directtls))
  }
}

import MapFile
import Routing
import Shared

/// Where a user goes, for those who ask at the admin port.
extension Edge {
  /// Asks the provider chain as a worker does, but no peers.
  func place(of name: String) -> AdminAnswer {
    let snapshot = served
    let domains = snapshot.configuration.domains
    var user: [UInt8] = []
    do {
      try CanonicalJID.append(
        jid: Array(name.utf8).span,
        fallbackDomain: (domains.count == 1 ? domains[0].bytes : []).span,
        profile: snapshot.configuration.profile, to: &user)
    } catch {
      return .fault(400, "\(name): \(error)")
    }
    let reader: MapReader?
    do {
      reader = try snapshot.map.map { map throws(MapError) in try MapReader(map) }
    } catch {
      return .fault(500, "\(error)")
    }
    var (turn, scratch) = (UInt64(0), RegexRules.Scratch())
    let verdict = snapshot.routing.verdict(
      for: user.span, turn: &turn, scratch: &scratch, shares: snapshot,
      plugin: { index, user in
        (try? snapshot.plugins[index].answer(for: user) { snapshot.routing.pool.node(named: $0) })
          ?? .unknown
      },
      map: { reader?.partition(of: $0) })
    let asked = ("user", JSON.string(String(decoding: user, as: UTF8.self)))
    switch verdict {
    case .route(let route):
      return AdminAnswer(200, .object([asked] + Self.fields(of: route, snapshot)))
    case .noNode:
      return AdminAnswer(
        200,
        .object([asked, ("node", .null), ("because", .string("none of its nodes takes clients"))]))
    case .unknown, .askPeers:
      let hasPeers = snapshot.routing.providers.contains(.peers)
      let reason = "no provider knows it" + (hasPeers ? "; peers were not asked" : "")
      return AdminAnswer(200, .object([asked, ("node", .null), ("because", .string(reason))]))
    }
  }

  private static func fields(of route: Route, _ snapshot: Snapshot) -> [(name: String, value: JSON)]
  {
    let node = snapshot.configuration.nodes[route.node].name
    let nodes = route.partition.map { snapshot.routing.names(of: $0) } ?? []
    return [
      ("provider", .string(snapshot.configuration.name(of: route.provider))),
      ("partition", route.partition.map { .number(Int($0)) } ?? .null),
      ("nodes", .array(nodes.map { .string($0) })), ("node", .string(node)),
      ("because", .string(reason(node, nodes))),
    ]
  }

  private static func reason(_ node: String, _ nodes: [String]) -> String {
    guard !nodes.isEmpty else { return "the provider names it" }
    switch nodes.firstIndex(of: node) {
    case 0: return "it is the first node of the partition"
    case let place?:
      return
        "it is fallback \(place) of the partition: those before take no clients, or not this one yet"
    case nil: return "no node of the partition takes clients, and users overflow"
    }
  }
}

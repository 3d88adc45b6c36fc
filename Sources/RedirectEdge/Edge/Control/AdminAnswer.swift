import MapFile
import Routing
import Shared

/// What the admin port answers: a status (RFC 9110 section 15) and a body, mostly a JSON object.
struct AdminAnswer {
  let status: Int
  let body: String
  var contentType = "application/json"
  /// The methods that are allowed, where the one that came is not.
  var allow: String?

  init(_ status: Int, _ body: JSON, allow: String? = nil) {
    self.status = status
    self.body = body.text + "\n"
    self.allow = allow
  }

  /// Numbers.
  init(_ metrics: Exposition) {
    status = 200
    body = metrics.text
    contentType = Exposition.contentType
  }

  /// Something is wrong with the request.
  static func fault(_ status: Int, _ reason: String, allow: String? = nil) -> AdminAnswer {
    AdminAnswer(status, .object([("error", .string(reason))]), allow: allow)
  }
}

extension Edge {
  /// Answers one request.
  func answer(_ request: AdminRequest) -> AdminAnswer {
    switch request {
    case .live: return AdminAnswer(200, .object([("live", .truth(true))]))
    case .ready:
      let checks = readiness
      let isReady = checks.allSatisfy(\.isGood)
      return AdminAnswer(
        isReady ? 200 : 503,
        .object([
          ("ready", .truth(isReady)),
          ("checks", .object(checks.map { ($0.name, .truth($0.isGood)) })),
        ]))
    case .nodes: return AdminAnswer(200, .object([("nodes", .array(nodes.map(Self.json)))]))
    case .metrics: return AdminAnswer(metrics)
    case .map:
      return AdminAnswer(
        200,
        .object([
          ("map", map.map(Self.json) ?? .null),
          ("refused", .array(lastRefusals.map { .string($0) })),
        ]))
    case .place(let user): return place(of: user)
    case .refresh:
      let refused = refresh()
      return AdminAnswer(
        refused.isEmpty ? 200 : 409,
        .object([
          ("map", map.map(Self.json) ?? .null), ("refused", .array(refused.map { .string($0) })),
        ]))
    case .drain(let name): return setDrained(name, true)
    case .activate(let name): return setDrained(name, false)
    }
  }

  private func setDrained(_ name: String, _ isDrained: Bool) -> AdminAnswer {
    guard let node = nodes.first(where: { $0.configuration.name == name }) else {
      return .fault(404, "no node has this name")
    }
    setDrained(node, isDrained)
    return AdminAnswer(200, Self.json(node))
  }

  private static func json(_ map: Map) -> JSON {
    .object([
      ("path", .string(map.path)), ("digest", .string("\(map.identity)")),
      ("generation", .number(Int(clamping: map.header.generation))),
      ("created", map.header.created.map { .string($0) } ?? .null),
      ("set", map.header.set.map { .string($0) } ?? .null),
      ("users", .number(Int(clamping: map.users))), ("partitions", .number(Int(map.partitions))),
    ])
  }

  private static func json(_ node: (configuration: Configuration.Node, state: NodeState)) -> JSON {
    let (configuration, state) = node
    let isActive = configuration.state == .active
    let share = isActive ? state.share : .none
    return .object([
      ("name", .string(configuration.name)),
      ("address", .string(configuration.internalAddress.description)),
      ("weight", .number(Int(configuration.weight))),
      ("up", .truth(state.isUp)),
      ("configured", .string(configuration.state.rawValue)),
      ("drained", .truth(state.isDrained)),
      ("share", .fraction(Double(share.parts) / Double(Share.all.parts))),
    ])
  }
}

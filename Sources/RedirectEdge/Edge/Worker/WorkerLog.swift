import Conversation
import Logging
import Routing
import Shared

/// What workers log, at level `debug`: one line per connection.
extension EdgeLog {
  /// How a connection ended.
  enum Outcome {
    case redirected(Route)
    case relaying(Route)
    /// Relayed to the entry node; this is what would have been done.
    case observed(Route, Way)
    case observedNoNode
    case noNode
    case refused
    case timedOut
    case limited

    var message: String {
      switch self {
      case .redirected: "redirected"
      case .relaying: "relaying"
      case .observed(_, .redirect): "would redirect"
      case .observed(_, .relay): "would relay"
      case .observedNoNode: "would have no node"
      case .noNode: "no node"
      case .refused: "refused"
      case .timedOut: "timed out"
      case .limited: "over a limit"
      }
    }
  }

  /// One connection's line. `reason`: what spoke for the way that was taken.
  func outcome(
    _ connection: Connection, _ outcome: Outcome, user: [UInt8] = [],
    because reason: AutoPolicy.Reason? = nil
  ) {
    guard level <= .debug, let snapshot = connection.snapshot else { return }
    let listener = snapshot.shared.configuration.listeners[connection.listener].name
    var fields = [("listener", listener), ("client", connection.client.description)]
    if !user.isEmpty { fields.append(("user", pseudonym(user))) }
    switch outcome {
    case .redirected(let route), .relaying(let route), .observed(let route, _):
      fields.append(("node", snapshot.shared.routing.pool.nodes[route.node].name))
      fields.append(("provider", snapshot.shared.configuration.name(of: route.provider)))
      if let partition = route.partition { fields.append(("partition", "\(partition)")) }
      if let reason {
        fields.append(("because", reason.rawValue))
        fields.append(
          ("shape", String(decoding: connection.conversation.shape.text, as: UTF8.self)))
      }
    case .noNode, .observedNoNode, .refused, .timedOut, .limited: break
    }
    write(.debug, outcome.message, fields)
  }

  /// A client could not be handed over.
  func relayFailed(_ connection: Connection, _ relay: Relay, _ reason: String) {
    write(
      .debug, "not relayed",
      [
        ("client", connection.client.description), ("node", relay.nodeState.identity.name),
        ("reason", reason),
      ])
  }

  /// Somebody who may not speak the PROXY protocol here came to a listener that requires it.
  func untrustedProxy(_ client: ClientAddress) {
    write(.debug, "not a trusted proxy", [("client", client.description)])
  }

  /// A trusted network sent something else than a PROXY header.
  func badProxyHeader(_ client: ClientAddress) {
    write(.debug, "no PROXY header where one is required", [("client", client.description)])
  }

  /// A fault of the worker itself.
  func error(_ message: String) {
    write(.error, message)
  }
}

extension ClientAddress: CustomStringConvertible {
  /// `a.b.c.d:port`, or the eight groups of an IPv6 address in brackets.
  public var description: String {
    if isIPv4 {
      return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255):\(port)"
    }
    let groups = [high, low].flatMap { half in
      stride(from: 48, through: 0, by: -16).map { String(half >> UInt64($0) & 0xffff, radix: 16) }
    }
    return "[\(groups.joined(separator: ":"))]:\(port)"
  }
}

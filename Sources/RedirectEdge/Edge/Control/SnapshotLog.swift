import Conversation
import Logging
import MapFile
import Shared

/// What the log says of a snapshot.
extension EdgeLog {
  /// It is served from here on.
  func serving(_ snapshot: Snapshot) {
    var fields = [
      ("nodes", "\(snapshot.configuration.nodes.count)"),
      (
        "listeners",
        snapshot.configuration.listeners.map { "\($0.name)@\($0.address)" }.joined(separator: ",")
      ),
    ]
    if let map = snapshot.map {
      fields += [
        ("generation", "\(map.header.generation)"), ("users", "\(map.users)"),
        ("map", "\(map.identity)"),
      ]
    }
    write(.info, "serving", fields)
  }

  /// What is taken, but perhaps not as meant.
  func oddities(of new: Snapshot, after old: Snapshot) {
    if let generation = new.map?.header.generation, let last = old.map?.header.generation,
      generation < last
    {
      write(
        .warning, "the map is older than the one before",
        [("generation", "\(generation)"), ("before", "\(last)")])
    }
    let (new, old) = (new.configuration, old.configuration)
    let (found, known) = (new.disclosures(), old.disclosures())
    if found.map(\.message) != known.map(\.message) { disclosures(found) }
    if new.silences().map(\.message) != old.silences().map(\.message) { silences(new.silences()) }
    let needRestart =
      new.workers != old.workers || new.limits.connections != old.limits.connections
      || new.reloadPoll != old.reloadPoll || new.logLevel != old.logLevel
      || new.logFormat != old.logFormat || new.adminAddress != old.adminAddress
      || new.adminTokenPath != old.adminTokenPath || new.auto.memory != old.auto.memory
    if needRestart {
      write(
        .warning,
        "workers, limit.connections, redirect.auto.memory, reload.poll, admin.* and log.* change at the "
          + "next start")
    }
  }

  /// Nodes that do not offer the same to clients of a domain.
  struct Disagreement: Equatable {
    let who: String
    let domain: String
    /// Mechanisms, by node.
    let offers: String
  }

  /// Says where clients can be offered only what all nodes have, but for what is `known`. Returns all there is to know.
  func disagreements(of snapshot: Snapshot, known: [Disagreement]) -> [Disagreement] {
    let found =
      disagreements(at: snapshot.nodeStates.map(\.port), of: snapshot, "the nodes")
      + disagreements(at: snapshot.webPorts, of: snapshot, "the WebSockets of the nodes")
    for disagreement in found where !known.contains(disagreement) {
      write(
        .warning,
        "\(disagreement.who) do not offer the same: clients are offered what all of them have",
        [("domain", disagreement.domain), ("offers", disagreement.offers)])
    }
    return found
  }

  private func disagreements(
    at ports: [NodePort?], of snapshot: Snapshot, _ who: String
  ) -> [Disagreement] {
    snapshot.configuration.domains.compactMap { domain in
      let counting = NodePort.counting(ports.compactMap(\.self), for: domain.bytes)
      let known = zip(snapshot.configuration.nodes, ports).compactMap { node, port in
        counting.first { $0 === port }?.features(of: domain.bytes).map { (node.name, $0) }
      }
      guard !NodeFeatures.agree(known.map(\.1)) else { return nil }
      let offers = known.map { "\($0): \($1.mechanisms.sorted().joined(separator: " "))" }
      return Disagreement(
        who: who, domain: domain.description, offers: offers.joined(separator: "; "))
    }
  }

  /// Why peers are told of no client.
  func silences(_ silences: [Complaint]) {
    for silence in silences {
      write(.warning, "peers are told of no client", [("reason", "\(silence)")])
    }
  }

  /// Why answers tell who is a user.
  func disclosures(_ disclosures: [Complaint]) {
    for disclosure in disclosures {
      write(.warning, "anybody can tell who is a user", [("reason", "\(disclosure)")])
    }
  }
}

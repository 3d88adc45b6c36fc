import MapFile
import Routing
import Shared

/// What `/metrics` tells. No label has a value that clients can choose: neither users nor addresses are in there.
extension Edge {
  private static let prefix = "redirect_edge_"

  /// All numbers, as they are now.
  var metrics: Exposition {
    var metrics = Exposition()
    addClients(to: &metrics)
    addDecisions(to: &metrics)
    addDurations(to: &metrics)
    addRelays(to: &metrics)
    addPool(to: &metrics)
    addFiles(to: &metrics)
    return metrics
  }

  private func total(_ event: Counters.Event) -> Int { counters.reduce(0) { $0 + $1[event] } }

  private func addClients(to metrics: inout Exposition) {
    let name = Self.prefix + "connections_total"
    metrics.family(
      name, .counter,
      "Client connections by what became of them and by the kind of address that they are told.")
    for outcome in Counters.Outcome.allCases {
      for kind in ClientKind.allCases {
        metrics.sample(
          name, ["outcome": outcome.name, "kind": "\(kind)"],
          counters.reduce(0) { $0 + $1[outcome, kind] })
      }
    }
    let limits = Self.prefix + "limits_total"
    metrics.family(limits, .counter, "Clients turned away, by the limit that was reached.")
    metrics.sample(limits, ["limit": "address"], total(.addressLimit))
    metrics.sample(limits, ["limit": "connections"], total(.connectionLimit))
  }

  private func addDecisions(to metrics: inout Exposition) {
    let identities = Self.prefix + "identities_total"
    metrics.family(identities, .counter, "Users by what named them.")
    metrics.sample(identities, ["source": "header"], total(.namedByHeader))
    metrics.sample(identities, ["source": "login"], total(.namedByLogin))
    let lookups = Self.prefix + "lookups_total"
    metrics.family(
      lookups, .counter,
      "Users by the provider that knew them; none did, or no node of theirs can be used.")
    let providers: KeyValuePairs<String, Counters.Event> = [
      "db": .db, "peers": .peers, "regex": .regex, "roundrobin": .roundrobin, "hash": .hash,
      "plugin": .plugin, "none": .unknown, "no-node": .withoutNode,
    ]
    for (provider, event) in providers {
      metrics.sample(lookups, ["provider": provider], total(event))
    }
    metrics.single(
      Self.prefix + "peer_questions_total", .counter, "Users that peers were asked about.",
      total(.asked))
    metrics.single(
      Self.prefix + "peer_answers_total", .counter, "Users that a peer knew.", total(.answered))
  }

  private func addDurations(to metrics: inout Exposition) {
    let answers = Self.prefix + "answer_seconds"
    metrics.family(
      answers, .histogram, "From a client's arrival to its redirect, or to the stream of its node.")
    add(.redirecting, to: &metrics, answers, [("way", "redirect")])
    add(.relaying, to: &metrics, answers, [("way", "relay")])
    let handshakes = Self.prefix + "tls_handshake_seconds"
    metrics.family(handshakes, .histogram, "TLS handshakes with clients that were completed.")
    add(.handshake, to: &metrics, handshakes, [])
    metrics.single(
      Self.prefix + "tls_handshake_failures_total", .counter,
      "TLS handshakes with clients that came to nothing.", total(.failedHandshake))
  }

  private func add(
    _ course: Counters.Course, to metrics: inout Exposition, _ name: String,
    _ labels: [(String, String)]
  ) {
    var sum = Counters.Durations(
      classes: [Int](repeating: 0, count: Counters.Course.bounds.count + 1), sum: 0)
    for durations in counters.map({ $0[course] }) {
      for place in sum.classes.indices { sum.classes[place] += durations.classes[place] }
      sum.sum += durations.sum
    }
    metrics.histogram(
      name, labels, bounds: Counters.Course.bounds, classes: sum.classes, sum: sum.sum)
  }

  private func addRelays(to metrics: inout Exposition) {
    let begun = counters.reduce(0) { $0 + $1.sum(.relayed) }
    metrics.single(
      Self.prefix + "relayed_clients", .gauge, "Clients whose bytes are passed on now.",
      begun - total(.relayEnded))
    let bytes = Self.prefix + "relayed_bytes_total"
    metrics.family(
      bytes, .counter,
      "Bytes that came from either side of relayed clients, as they were on the wire.")
    metrics.sample(bytes, ["from": "client"], total(.bytesToNode))
    metrics.sample(bytes, ["from": "node"], total(.bytesToClient))
  }

  private func addPool(to metrics: inout Exposition) {
    let up = Self.prefix + "node_up"
    metrics.family(up, .gauge, "Whether probes find that a node serves: 1 or 0.")
    for node in nodes {
      metrics.sample(up, ["node": node.configuration.name], node.state.isUp ? 1 : 0)
    }
    let share = Self.prefix + "node_share"
    metrics.family(share, .gauge, "The share of its users that a node takes now, from 0 to 1.")
    for node in nodes {
      let taken = node.configuration.state == .active ? node.state.share : .none
      metrics.sample(
        share, ["node": node.configuration.name], Double(taken.parts) / Double(Share.all.parts))
    }
    let drained = Self.prefix + "node_drained"
    metrics.family(
      drained, .gauge, "Whether an administrator has taken a node out of service: 1 or 0.")
    for node in nodes {
      metrics.sample(drained, ["node": node.configuration.name], node.state.isDrained ? 1 : 0)
    }
  }

  private func addFiles(to metrics: inout Exposition) {
    metrics.single(
      Self.prefix + "ready", .gauge, "Whether /readyz says that clients may be sent here: 1 or 0.",
      readiness.allSatisfy(\.isGood) ? 1 : 0)
    let reloads = Self.prefix + "reloads_total"
    metrics.family(
      reloads, .counter,
      "Looks at the files that found something new, by whether all of it could be taken.")
    metrics.sample(reloads, ["result": "taken"], self.reloads.taken)
    metrics.sample(reloads, ["result": "refused"], self.reloads.refused)
    metrics.single(
      Self.prefix + "files_refused", .gauge,
      "Faults of the files as they are: what they say is not served.",
      lastRefusals.count)
    guard let map else { return }
    metrics.single(Self.prefix + "map_users", .gauge, "Users in the map.", Int(map.users))
    metrics.single(
      Self.prefix + "map_partitions", .gauge, "Partitions of the map.", Int(map.partitions))
    metrics.single(
      Self.prefix + "map_generation", .gauge, "The map's generation.",
      Int(clamping: map.header.generation))
  }
}

import MapFile
import PeerProtocol
import Routing
import Shared
import Synchronization

/// The peers' thread's own handles on a snapshot. Made by the control plane, used and dropped by the thread.
final class PeerSnapshot {
  let shared: Snapshot
  private let reader: MapReader?
  /// Name -> place in the pool.
  private let nodes: [String: Int]

  /// - Throws: where the map has no room for another reader.
  init(_ shared: Snapshot) throws(MapError) {
    self.shared = shared
    if let map = shared.map { reader = try MapReader(map) } else { reader = nil }
    let names = shared.configuration.nodes.map(\.name)
    nodes = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
  }

  deinit {
    // As a worker does: see `WorkerSnapshot`.
    shared.releases.add(1, ordering: .releasing)
  }

  /// Where else to ask, and where to answer.
  var configuration: Configuration.Peers { shared.configuration.peers }

  /// The map's digest, as peers are told it; nil: this edge has none.
  var map: MapDigest? { shared.map.map { MapDigest($0.identity.bytes) } }

  /// A user's partition in our own map, and the names of its nodes; nil: not in the map. Nobody else is asked.
  func lookup(_ user: [UInt8]) -> (partition: Partition, nodes: [String])? {
    guard let partition = reader?.partition(of: user.span) else { return nil }
    return (partition, shared.routing.names(of: partition))
  }

  /// The place in the pool of the node with this name; nil: it is no node here.
  func node(named name: String) -> Int? { nodes[name] }

  /// The bounds of `redirect.peers.*`.
  var settings: PeerPolicy.Settings {
    PeerPolicy.Settings(
      budget: configuration.budget.milliseconds, inflight: configuration.inFlight,
      rate: configuration.rate, cache: configuration.cache,
      cacheTime: configuration.cacheTime.milliseconds)
  }
}

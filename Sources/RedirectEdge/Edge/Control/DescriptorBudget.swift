import Glibc
import Logging
import Shared

/// Who gets how many of the process's file descriptors.
enum DescriptorBudget {
  /// Fewer connections at once than this want a word.
  private static let fewConnections = 1000

  /// How many are left for clients and the nodes that they are relayed to: all, less what the edge itself needs. Raises the
  /// process's limit as far as it may.
  static func forClients(_ configuration: Configuration, workers: Int, log: EdgeLog) -> Int {
    // A worker has poller, mailbox, spare and its listeners; twice the listeners, because a change of addresses holds
    // old and new at once. The rest: files, the control plane, standard streams.
    let peers = configuration.peers.listen == nil ? 0 : PeerThread.mostClients
    let reserve = 64 + peers + workers * (3 + 2 * configuration.listeners.count)
    // A node: probes of three addresses, each perhaps waiting for the goodbye of the one before.
    let probes = 6 * configuration.nodes.count
    var limit = rlimit()
    let configured = configuration.limits.connections
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return configured > 0 ? 2 * configured : fewConnections
    }
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let files = Int(clamping: limit.rlim_cur)
    // Where there are few files, clients come first: a probe that gets none blames nobody.
    let allowed = max(files - reserve - min(probes, files / 8), workers)
    if allowed < max(configured, fewConnections) {
      log.write(
        .warning, "the process may open few files; that bounds its connections",
        [("files", "\(limit.rlim_cur)"), ("connections", "\(allowed)")])
    }
    return allowed
  }
}

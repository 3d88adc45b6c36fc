import Logging
import Routing
import Shared

/// How a worker asks a plug-in.
extension Worker {
  /// A look-up that takes longer than this is told, in ns: a worker that answers some 10,000 clients a second has kept a
  /// hundred of them waiting.
  static let longLookup: Int64 = 10_000_000

  /// What the plug-in of that index says of a user; one that is at fault knows nobody, and the log says so.
  func ask(plugin index: Int, about user: Span<UInt8>, _ snapshot: Snapshot) -> PluginAnswer {
    let plugin = snapshot.plugins[index]
    let before = Clock.nanoseconds()
    defer {
      let time = Clock.nanoseconds() - before
      if time > Self.longLookup, let times = plugin.delays.count(at: now) {
        log.waited(for: plugin, time, times: times)
      }
    }
    do throws(PluginFault) {
      return try plugin.answer(for: user) { snapshot.routing.pool.node(named: $0) }
    } catch {
      if let times = plugin.faults.count(at: now) { log.skipped(plugin, error, times: times) }
      return .unknown
    }
  }
}

extension EdgeLog {
  /// A plug-in was at fault: the last fault, and how many there were since the last line.
  fileprivate func skipped(_ plugin: Plugin, _ fault: PluginFault, times: Int) {
    write(
      .warning, "a plug-in was skipped",
      [("plugin", plugin.name), ("reason", "\(fault)"), ("times", "\(times)")])
  }

  /// A plug-in kept a worker waiting, `time` ns the last time.
  fileprivate func waited(for plugin: Plugin, _ time: Int64, times: Int) {
    write(
      .warning, "a plug-in blocks its worker",
      [("plugin", plugin.name), ("ms", "\(time / 1_000_000)"), ("times", "\(times)")])
  }
}

import COpenSSL
import MapFile
import Routing
import Shared
import Synchronization

/// All that decides over an answer, as one immutable value: a connection sees one snapshot from accept to answer, so
/// never a mix of an old file and a new one.
final class Snapshot: Sendable {
  /// Bounds of a conversation, in ms.
  struct Times: Sendable {
    let step: Int64
    let total: Int64
  }

  let configuration: Configuration
  let routing: RoutingTable
  /// nil where the provider chain has no `db`.
  let map: Map?
  let tls: TLSContexts.Settings
  let times: Times
  /// What one client address may do.
  let addressLimits: AddressLimiter.Limits
  /// Workers that have dropped their handles on it.
  let releases = Atomic<Int>(0)

  init(
    configuration: Configuration, routing: RoutingTable, map: Map?, tls: TLSContexts.Settings
  ) {
    self.configuration = configuration
    self.routing = routing
    self.map = map
    self.tls = tls
    let limits = configuration.limits
    addressLimits = AddressLimiter.Limits(
      concurrent: limits.addressConcurrent, rate: limits.addressRate, burst: limits.addressBurst)
    times = Times(
      step: configuration.limits.step.milliseconds, total: configuration.limits.total.milliseconds)
  }
}

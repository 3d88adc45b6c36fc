import Routing
import Shared

/// What the prober keeps of one node between probes.
final class WatchedNode {
  /// Another address of the node that is looked at now and then.
  struct Target {
    /// What is looked at, and for what.
    struct Purpose: Hashable {
      let address: HostPort
      let security: Configuration.Node.InternalSecurity
      /// Of the node's WebSocket: whose clients want to know what is offered there. nil: it is where clients are sent, and
      /// must not be an edge.
      var web: WebAddress?
      var domain: Domain?
    }

    let purpose: Purpose
    /// When it is looked at next.
    var due: Int64
    var link: ProbeLink?
    var isEdge = false
    /// What was said last about why it cannot be used.
    var complaint: String?
  }

  var configuration: Configuration.Node
  let state: NodeState
  /// Its WebSocket, if what is offered there is wanted.
  var web: NodePort?
  var health: NodeHealth
  /// It has been down for so long that what it offered is believed no more.
  var isOutdated = false
  var targets: [Target] = []
  /// The probe that is under way, and how far it goes.
  var link: ProbeLink?
  var depth = NodeHealth.Depth.header
  /// When the last probe began, and when the next one shall.
  var began: Int64 = 0
  var due: Int64
  /// A client's return has caused the probe that is under way, or the next one.
  var isDecisive = false
  /// The address where a probe got through last: it is tried first.
  var place: SocketAddress?
  /// What was said last of each domain, and of its certificate, so that it is said once.
  var complaints: [Int: String] = [:]
  var distrusts: [Int: String] = [:]
  /// It was said that an edge answers there.
  var isEdge = false
  /// It was said that the edge lacks what a probe needs.
  var isSkipped = false
  /// What workers were told last; nil: nothing yet, so they still go by what an earlier watch has found.
  private var published: Share?

  init(
    _ configuration: Configuration.Node, _ state: NodeState, _ settings: NodeHealth.Settings,
    now: Int64
  ) {
    self.configuration = configuration
    self.state = state
    health = NodeHealth(settings, now: now)
    due = now
  }

  var name: String { configuration.name }

  /// Tells the workers what the node takes now; to be called after each probe.
  func publish(now: Int64) {
    let share = share(now: now)
    guard share != published else { return }
    published = share
    state.publish(share)
  }

  /// Whether the workers know all that time alone will change.
  func isSettled(now: Int64) -> Bool {
    published == nil || published == share(now: now) && !health.isReturning(now: now)
  }

  private func share(now: Int64) -> Share {
    targets.contains(where: \.isEdge) ? .none : health.share(now: now)
  }

  /// Tells the workers what time and settings have changed since the last probe.
  func refresh(now: Int64) {
    if published != nil { publish(now: now) }
  }

  /// The public targets, as far as they are not the address that is probed anyway, and the WebSocket for each domain. What is
  /// known of them stays.
  func adoptTargets(_ domains: [Domain], now: Int64, isLooking: Bool) {
    var wanted: [Target.Purpose] = []
    if configuration.host != configuration.internalAddress {
      wanted.append(
        Target.Purpose(
          address: configuration.host, security: configuration.usesTLS ? .directtls : .starttls))
    }
    if let directTLS = configuration.directTLS, directTLS != configuration.internalAddress {
      wanted.append(Target.Purpose(address: directTLS, security: .directtls))
    }
    if let web = web?.web {
      wanted += domains.map { domain in
        Target.Purpose(
          address: web.hostPort, security: web.isSecure ? .directtls : .plain, web: web,
          domain: domain)
      }
    }
    let old = targets
    targets = wanted.map { purpose in
      old.first { $0.purpose == purpose } ?? Target(purpose: purpose, due: now)
    }
    for target in old where place(of: target) == nil { target.link?.abandon() }
    if !isLooking {
      // Nobody would ever find out that it is an edge no more.
      for index in targets.indices { targets[index].isEdge = false }
    }
  }

  /// Where a target stands now; nil: it is one no more.
  func place(of target: Target) -> Int? {
    targets.firstIndex { $0.purpose == target.purpose }
  }

  /// A name has been looked up: what has waited for it is due.
  func arrive(_ name: HostPort, now: Int64) {
    if due == .max, configuration.internalAddress == name { due = now }
    for index in targets.indices
    where targets[index].due == .max && targets[index].purpose.address == name {
      targets[index].due = now
    }
  }

  /// The probe under way is about something else than the next one; that is due now.
  func startOver(now: Int64) {
    link?.abandon()
    link = nil
    complaints = [:]
    distrusts = [:]
    due = now
  }

  /// It is watched no more.
  func abandon() {
    link?.abandon()
    for target in targets { target.link?.abandon() }
  }
}

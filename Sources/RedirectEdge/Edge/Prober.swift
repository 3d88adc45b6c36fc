import Conversation
import Glibc
import Logging
import Routing
import Shared

/// The thread that probes the nodes: one for the edge, however many workers it has.
final class Prober: Sendable {
  /// What is probed, and how.
  struct Plan: Sendable {
    let nodes: [(configuration: Configuration.Node, state: NodeState)]
    let health: Configuration.Health
    /// The hosted domains; empty: each node is asked for its own host.
    let domains: [Domain]
    let context: TLSClientContext

    init(_ snapshot: Snapshot) {
      nodes = Array(zip(snapshot.configuration.nodes, snapshot.nodeStates))
      health = snapshot.configuration.health
      domains = snapshot.configuration.domains
      context = snapshot.nodeTLS
    }
  }

  enum Message {
    case watch(Plan)
    case resolved(HostPort, Resolver.Answer)
    case end
  }

  private let mailbox: Mailbox<Message>

  /// Starts the thread.
  init(log: EdgeLog) throws(SystemError) {
    let mailbox = try Mailbox<Message>()
    self.mailbox = mailbox
    let resolver = try Resolver(name: "resolver") { name, answer in
      mailbox.post(.resolved(name, answer))
    }
    let probing = UncheckedBox(try Probing(mailbox, resolver, log: log))
    try WorkerThread.start(name: "prober") { probing.value.run() }
  }

  deinit {
    mailbox.post(.end)
  }

  /// Probes by this plan from now on; what is known of nodes that stay is kept.
  func watch(_ plan: Plan) {
    mailbox.post(.watch(plan))
  }

  /// A node has been suspected (`NodeState.suspect`): look at once.
  func look() {
    mailbox.wake()
  }
}

/// What the prober's thread does.
private final class Probing {
  /// Names of nodes are resolved this often, in ms: a container that is started anew has another address.
  private static let resolveInterval: Int64 = 5000
  /// Clients can cause a probe of a node this often, in ms, and no more.
  private static let suspicionSpacing: Int64 = 200
  /// A returning node's share grows in steps of this length, in ms.
  private static let returnStep: Int64 = 100
  /// A full probe may take so many times what one to the header may.
  private static let fullFactor: Int64 = 4

  private let mailbox: Mailbox<Prober.Message>
  private let resolver: Resolver
  private let log: EdgeLog
  private let loop: LinkLoop
  private var random = Generator(key: (Seed.random(), Seed.random()))
  private var plan: Prober.Plan?
  private var nodes: [WatchedNode] = []
  private var addresses: [HostPort: [SocketAddress]] = [:]
  private var unresolved: [HostPort: String] = [:]
  private var isOver = false

  init(_ mailbox: Mailbox<Prober.Message>, _ resolver: Resolver, log: EdgeLog) throws(SystemError) {
    self.mailbox = mailbox
    self.resolver = resolver
    self.log = log
    loop = try LinkLoop()
    try loop.poller.watch(mailbox: mailbox.wakeUp)
  }

  func run() {
    while !isOver {
      loop.turn(until: nextDue) { takeMessages() }
      for node in nodes { attend(node) }
    }
  }

  private func takeMessages() {
    for message in mailbox.take() {
      switch message {
      case .watch(let plan): adopt(plan)
      case .resolved(let name, .success(let found)):
        addresses[name] = found
        unresolved[name] = nil
      case .resolved(let name, .failure(let error)):
        // What was known stays: a resolver that is down must not take the nodes down.
        unresolved[name] = error.description
      case .end: isOver = true
      }
    }
  }

  private var nextDue: Int64? {
    var due: Int64?
    for node in nodes {
      if node.link == nil { due = min(due ?? .max, node.due) }
      for target in node.targets where target.link == nil { due = min(due ?? .max, target.due) }
      if node.health.isReturning(now: loop.now) {
        due = min(due ?? .max, loop.now + Self.returnStep)
      }
    }
    return due
  }

  // MARK: What is watched

  private func adopt(_ plan: Prober.Plan) {
    self.plan = plan
    let settings = NodeHealth.Settings(plan.health, domains: plan.domains.count)
    let old = nodes
    nodes =
      plan.health.isWatched
      ? plan.nodes.map { node in
        guard let known = old.first(where: { $0.state === node.state }) else {
          return WatchedNode(node.configuration, node.state, settings, now: loop.now)
        }
        known.configuration = node.configuration
        known.health.adopt(settings)
        return known
      } : []
    if !plan.health.isWatched {
      // Nobody says otherwise any more.
      for node in plan.nodes { node.state.publish(.all) }
    }
    for node in old where !nodes.contains(where: { $0 === node }) { node.abandon() }
    for node in nodes { node.adoptTargets(now: loop.now) }
    resolveNames()
  }

  private func resolveNames() {
    var names: [HostPort] = []
    for host in nodes.flatMap({ [$0.configuration.internalAddress] + $0.targets.map(\.address) }) {
      if let literal = SocketAddress(literal: host) {
        addresses[host] = [literal]
      } else if !names.contains(host) {
        names.append(host)
      }
    }
    resolver.watch(names, every: Self.resolveInterval)
  }

  // MARK: Probes

  /// Begins what is due at a node.
  private func attend(_ node: WatchedNode) {
    if node.state.takeSuspicion() {
      node.isDecisive = true
      node.due = min(node.due, node.began + Self.suspicionSpacing)
    }
    if node.link == nil, loop.now >= node.due { begin(node) }
    for index in node.targets.indices
    where node.targets[index].link == nil && loop.now >= node.targets[index].due {
      beginTarget(node, index)
    }
    if node.health.isReturning(now: loop.now) { node.publish(now: loop.now) }
  }

  private func begin(_ node: WatchedNode) {
    guard let plan else { return }
    node.began = loop.now
    node.depth = node.health.begin(now: loop.now)
    let timeout = plan.health.timeout.milliseconds
    let goal: Probe.Goal
    let span: Int64
    var domain = plan.domains.first
    switch node.depth {
    case .header: (goal, span) = (.header, timeout)
    case .full(let index):
      (goal, span) = (.features, timeout * Self.fullFactor)
      if index < plan.domains.count { domain = plan.domains[index] }
    }
    let configuration = node.configuration
    let errand = ProbeLink.Errand(
      domain, node: configuration, goal: goal, security: configuration.internalSecurity)
    let places = addresses[configuration.internalAddress] ?? []
    attempt(errand, places[...], until: loop.now + span) { link in
      node.link = link
    } report: { [weak self] report in
      self?.finish(node, errand, report)
    }
  }

  /// Tries the addresses in turn until one lets the errand be done. `hold` is told the link that is under way.
  private func attempt(
    _ errand: ProbeLink.Errand, _ places: ArraySlice<SocketAddress>, until deadline: Int64,
    hold: @escaping (ProbeLink?) -> Void, report: @escaping (ProbeLink.Report) -> Void
  ) {
    var fault = "no address is known"
    var rest = places
    while let place = rest.popFirst(), let context = plan?.context {
      guard let descriptor = place.connect() else {
        fault = Link.End.failed(errno).description
        continue
      }
      let others = rest
      let link = try? ProbeLink(
        loop, descriptor: descriptor, errand, context: context, deadline: deadline
      ) { [weak self] result in
        hold(nil)
        guard let self, result.fault != nil, !result.hasHeader, !others.isEmpty,
          loop.now < deadline
        else { return report(result) }
        attempt(errand, others, until: deadline, hold: hold, report: report)
      }
      guard let link else { continue }
      return hold(link)
    }
    hold(nil)
    report(ProbeLink.Report(hasHeader: false, fault: fault, features: nil, distrust: nil))
  }

  private func finish(
    _ node: WatchedNode, _ errand: ProbeLink.Errand, _ report: ProbeLink.Report
  ) {
    var fault = report.fault
    if report.features?.isEdge == true {
      fault = "it is an edge and no node: clients would be sent round and round"
    } else if fault == nil, let distrust = report.distrust, plan?.health.verifies == true {
      fault = "its certificate is not valid for \(errand.serverName): \(distrust)"
    }
    let isEdge = report.features?.isEdge == true
    let result: NodeHealth.Result =
      fault == nil ? .passed : report.hasHeader && !isEdge ? .passedHeaderOnly : .failed
    let change = node.health.finish(
      node.depth, result, isDecisive: node.isDecisive || isEdge, now: loop.now)
    node.isDecisive = false
    node.due = node.began + node.health.interval(jitter: random.next())
    node.publish(now: loop.now)
    if let features = report.features, fault == nil {
      node.state.learn(features, of: errand.domain)
    }
    tell(change, node, fault ?? unresolved[node.configuration.internalAddress])
    if case .full(let domain) = node.depth { tell(node, domain, errand, result, fault, report) }
  }

  // MARK: Public targets

  private func beginTarget(_ node: WatchedNode, _ index: Int) {
    guard let plan, plan.health.full > .zero else {
      node.targets[index].due = .max
      return
    }
    let target = node.targets[index]
    let interval = NodeHealth.jittered(plan.health.full.milliseconds, by: random.next())
    node.targets[index].due = loop.now + interval
    let errand = ProbeLink.Errand(
      plan.domains.first, node: node.configuration, goal: .firstFeatures,
      security: target.security)
    let span = plan.health.timeout.milliseconds * Self.fullFactor
    let places = addresses[target.address] ?? []
    attempt(errand, places[...], until: loop.now + span) { link in
      guard let index = node.place(of: target) else { return }
      node.targets[index].link = link
    } report: { [weak self] report in
      // No answer says nothing: not every public address can be reached from inside.
      guard let self, let features = report.features, let index = node.place(of: target),
        node.targets[index].isEdge != features.isEdge
      else { return }
      node.targets[index].isEdge = features.isEdge
      node.publish(now: loop.now)
      let fields = [("node", node.name), ("target", target.address.description)]
      if features.isEdge {
        log.write(
          .error, "the target is an edge: clients would be sent round and round, so it gets none",
          fields)
      } else {
        log.write(.info, "the target is no edge any more", fields)
      }
    }
  }

  // MARK: Words

  private func tell(_ change: NodeHealth.Change, _ node: WatchedNode, _ fault: String?) {
    var fields = [("node", node.name)]
    switch change {
    case .none: return
    case .wentDown:
      if let fault { fields.append(("reason", fault)) }
      log.write(.warning, "node down", fields)
    case .cameUp:
      log.write(.info, "node up", fields)
    }
  }

  /// What a full probe has found of a domain, when it is not what was found before.
  private func tell(
    _ node: WatchedNode, _ domain: Int, _ errand: ProbeLink.Errand, _ result: NodeHealth.Result,
    _ fault: String?, _ report: ProbeLink.Report
  ) {
    let fields = [
      ("node", node.name), ("domain", String(decoding: errand.domain, as: UTF8.self)),
    ]
    let complaint = result == .passedHeaderOnly ? fault : nil
    if complaint != node.complaints[domain] {
      node.complaints[domain] = complaint
      if let complaint {
        log.write(.warning, "node does not serve a domain", fields + [("reason", complaint)])
      } else if result == .passed {
        log.write(.info, "node serves a domain again", fields)
      }
    }
    guard result == .passed, report.distrust != node.distrust else { return }
    node.distrust = report.distrust
    if let distrust = report.distrust {
      log.write(.warning, "a node's certificate is not trusted", fields + [("reason", distrust)])
    }
  }
}

extension WatchedNode {
  fileprivate func place(of target: Target) -> Int? {
    targets.firstIndex { $0.address == target.address && $0.security == target.security }
  }
}

extension ProbeLink.Errand {
  fileprivate init(
    _ domain: Domain?, node: Configuration.Node, goal: Probe.Goal,
    security: Configuration.Node.InternalSecurity
  ) {
    self.goal = goal
    self.security = security
    if let domain {
      self.domain = domain.bytes
      serverName = domain.ascii
    } else {
      // No domain is configured: most nodes know their own name.
      self.domain = Array(node.host.host.utf8)
      serverName = SocketAddress(literal: node.host) == nil ? node.host.host : ""
    }
  }
}

extension NodeHealth.Settings {
  fileprivate init(_ health: Configuration.Health, domains: Int) {
    self.init(
      steady: health.steady.milliseconds, changing: health.changing.milliseconds,
      down: health.down.milliseconds, fall: health.fall, rise: health.rise,
      full: health.full.milliseconds, domains: domains, comeback: health.comeback.milliseconds)
  }
}

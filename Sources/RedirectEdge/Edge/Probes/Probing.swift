import Conversation
import Routing
import Shared

/// What the prober's thread does: keeps the list of nodes, begins what is due. ProbingAttempts.swift has
/// how a probe comes to its node, ProbingResults.swift what comes of it.
final class Probing {
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
  let log: EdgeLog
  let loop: LinkLoop
  var random = Generator(key: (Seed.random(), Seed.random()))
  private(set) var plan: Prober.Plan?
  private(set) var nodes: [WatchedNode] = []
  /// What a host stands for, and why the last look at it found nothing; a host in neither has not been looked at yet.
  private var addresses: [HostPort: [SocketAddress]] = [:]
  private(set) var unresolved: [HostPort: String] = [:]
  /// Set when it is over: whom to tell.
  private var ended: (@Sendable () -> Void)?

  /// A node offers something new.
  let learned: @Sendable () -> Void

  init(
    _ mailbox: Mailbox<Prober.Message>, _ resolver: Resolver, log: EdgeLog,
    learned: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    self.learned = learned
    self.mailbox = mailbox
    self.resolver = resolver
    self.log = log
    loop = try LinkLoop()
    try loop.poller.watch(mailbox: mailbox.wakeUp)
  }

  func run() {
    while ended == nil {
      loop.turn(until: nextDue) { takeMessages() }
      for node in nodes { attend(node) }
    }
    nodes = []
    loop.closeAll()
    plan = nil
    ended?()
  }

  private func takeMessages() {
    for message in mailbox.take() {
      switch message {
      case .watch(let plan): adopt(plan)
      case .resolved(let name, let answer): take(answer, of: name)
      case .end(let ended): self.ended = ended
      }
    }
  }

  private func take(_ answer: Resolver.Answer, of name: HostPort) {
    switch answer {
    case .success(let found):
      addresses[name] = found
      unresolved[name] = nil
      for node in plan?.nodes ?? [] {
        for port in [node.state.port, node.web] where port?.address == name {
          port?.move(to: found)
        }
      }
    // What was known stays: a resolver that is down must not take the nodes down.
    case .failure(let error): unresolved[name] = error.description
    }
    for node in nodes { node.arrive(name, now: loop.now) }
  }

  private var nextDue: Int64? {
    var due: Int64?
    for node in nodes {
      if node.link == nil { due = min(due ?? .max, node.due) }
      if looksAtTargets {
        for target in node.targets where target.link == nil { due = min(due ?? .max, target.due) }
      }
      if !node.isSettled(now: loop.now) { due = min(due ?? .max, loop.now + Self.returnStep) }
    }
    return due
  }

  /// Public targets are looked at as often as full probes are made.
  private var looksAtTargets: Bool { (plan?.health.full ?? .zero) > .zero }

  // MARK: What is watched

  private func adopt(_ plan: Prober.Plan) {
    let hasOtherDomains = self.plan.map { $0.domains != plan.domains } ?? false
    let isChanged = self.plan.map { $0.health != plan.health } ?? false
    self.plan = plan
    let settings = NodeHealth.Settings(plan.health, domains: plan.domains.count)
    let old = nodes
    nodes =
      plan.health.isWatched
      ? plan.nodes.map { node in
        guard let known = old.first(where: { $0.state === node.state }) else {
          let new = WatchedNode(node.configuration, node.state, settings, now: loop.now)
          new.web = node.web
          return new
        }
        known.configuration = node.configuration
        known.web = node.web
        known.health.adopt(settings, hasOtherDomains: hasOtherDomains, now: loop.now)
        if hasOtherDomains { known.startOver(now: loop.now) }
        return known
      } : []
    if !plan.health.isWatched {
      // Nobody says otherwise any more.
      for node in plan.nodes { node.state.publish(.all) }
    }
    for node in old where !nodes.contains(where: { $0 === node }) { node.abandon() }
    for node in nodes {
      node.adoptTargets(plan.domains, now: loop.now, isLooking: looksAtTargets)
      // What was put off for a day must not wait for it.
      if isChanged { hasten(node, plan.health) }
    }
    resolveNames()
  }

  private func hasten(_ node: WatchedNode, _ health: Configuration.Health) {
    node.due = min(node.due, node.began + node.health.interval(jitter: random.next()))
    let next = loop.now + NodeHealth.jittered(health.full.milliseconds, by: random.next())
    for index in node.targets.indices {
      node.targets[index].due = min(node.targets[index].due, next)
    }
  }

  private func resolveNames() {
    var names: [HostPort] = []
    var known: [HostPort: [SocketAddress]] = [:]
    let own =
      plan?.nodes.flatMap { node in
        [node.state.port, node.web].compactMap { $0?.address }
      } ?? []
    for host in own + nodes.flatMap({ $0.targets.map(\.purpose.address) }) {
      if let literal = SocketAddress(literal: host) {
        known[host] = [literal]
      } else if !names.contains(host) {
        names.append(host)
        known[host] = addresses[host]
      }
    }
    addresses = known
    unresolved = unresolved.filter { names.contains($0.key) }
    resolver.watch(names, every: Self.resolveInterval)
  }

  /// Where a host is, as far as is known; nil: the resolver has not answered yet.
  private func places(of host: HostPort) -> [SocketAddress]? {
    addresses[host] ?? (unresolved[host] == nil ? nil : [])
  }

  // MARK: Probes

  /// Begins what is due at a node.
  private func attend(_ node: WatchedNode) {
    if node.state.takeSuspicion() {
      node.isDecisive = true
      node.due = min(node.due, node.began + Self.suspicionSpacing)
    }
    if node.link == nil, loop.now >= node.due { begin(node) }
    if looksAtTargets {
      for index in node.targets.indices
      where node.targets[index].link == nil && loop.now >= node.targets[index].due {
        beginTarget(node, index)
      }
    }
    node.refresh(now: loop.now)
  }

  private func begin(_ node: WatchedNode) {
    guard let plan else { return }
    guard var places = places(of: node.configuration.internalAddress) else {
      // A name that has not been looked up says nothing of its node. The answer sets a time.
      return node.due = .max
    }
    if let index = places.firstIndex(where: { $0 == node.place }) { places.swapAt(0, index) }
    node.began = loop.now
    node.depth = node.health.begin(now: loop.now)
    var goal = Probe.Goal.header
    var domain = plan.domains.first
    if case .full(let index) = node.depth {
      goal = .features
      if index < plan.domains.count { domain = plan.domains[index] }
    }
    let errand = ProbeLink.Errand(
      domain, node: node.configuration, goal: goal, security: node.configuration.internalSecurity,
      proxy: node.configuration.internalProxy)
    attempt(errand, at: node.configuration.internalAddress, places[...], until: bound(plan)) {
      node.link = $0
    } report: { [weak self] report, place in
      if report.hasHeader { node.place = place }
      self?.finish(node, errand, report)
    }
  }

  private func beginTarget(_ node: WatchedNode, _ index: Int) {
    guard let plan else { return }
    let target = node.targets[index]
    let purpose = target.purpose
    guard let places = places(of: purpose.address) else { return node.targets[index].due = .max }
    let interval = NodeHealth.jittered(plan.health.full.milliseconds, by: random.next())
    node.targets[index].due = loop.now + interval
    let errand = ProbeLink.Errand(
      purpose.domain ?? plan.domains.first, node: node.configuration,
      goal: purpose.web == nil ? .firstFeatures : .features, security: purpose.security,
      web: purpose.web, proxy: .off)
    attempt(errand, at: purpose.address, places[...], until: bound(plan)) { link in
      if let index = node.place(of: target) { node.targets[index].link = link }
    } report: { [weak self] report, _ in
      self?.finish(node, target, report)
    }
  }

  private func bound(_ plan: Prober.Plan) -> ProbeLink.Bound {
    let timeout = plan.health.timeout.milliseconds
    return ProbeLink.Bound(header: loop.now + timeout, goal: loop.now + timeout * Self.fullFactor)
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

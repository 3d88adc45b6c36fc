import Conversation
import Logging
import Routing
import Shared

/// What comes of probes: the health of nodes, and lines of the log.
extension Probing {
  /// A probe of a node is over.
  func finish(_ node: WatchedNode, _ errand: ProbeLink.Errand, _ report: ProbeLink.Report) {
    guard !report.isOurs else { return skip(node, report) }
    node.isSkipped = false
    let isEdge = report.features?.isEdge == true
    var fault = report.fault
    if isEdge {
      fault = "it is an edge and no node"
    } else if fault == nil, let distrust = report.distrust, plan?.health.verifies == true {
      fault = "its certificate is not valid for \(errand.serverName): \(distrust)"
    }
    let result: NodeHealth.Result =
      isEdge ? .edge : fault == nil ? .passed : report.hasHeader ? .passedHeaderOnly : .failed
    let change = node.health.finish(
      node.depth, result, isDecisive: node.isDecisive, now: loop.now)
    node.isDecisive = false
    node.due = node.began + node.health.interval(jitter: random.next())
    node.publish(now: loop.now)
    if let features = report.features, fault == nil {
      if node.state.port.learn(features, of: errand.domain) { learned() }
    }
    if report.features != nil { tell(isEdge: isEdge, node) }
    tell(change, node, fault)
    if case .full(let domain) = node.depth { tell(node, domain, errand, result, fault, report) }
    outdate(node)
  }

  /// What a node offered is believed as long after its end as it would have been without another full probe: clients must not
  /// do without what all living nodes offer because of one that will not come back. Where none lives, they go on being shown
  /// what they know.
  private func outdate(_ node: WatchedNode) {
    guard let since = node.health.downSince else { return node.isOutdated = false }
    guard !node.isOutdated, let full = plan?.health.full.milliseconds, full > 0,
      loop.now - since >= full, nodes.contains(where: \.health.isUp)
    else { return }
    node.isOutdated = true
    for port in [node.state.port, node.web] { port?.outdate() }
    node.health.lookAgain(now: loop.now)
    learned()
  }

  /// The edge lacks something itself: that must not take nodes down.
  private func skip(_ node: WatchedNode, _ report: ProbeLink.Report) {
    let interval = node.health.settings.changing
    node.due = node.began + NodeHealth.jittered(interval, by: random.next())
    guard !node.isSkipped else { return }
    node.isSkipped = true
    log.write(
      .error, "the edge cannot probe a node",
      [("node", node.name), ("reason", report.fault ?? "")])
  }

  /// A probe of a public target, or of a WebSocket, is over.
  func finish(_ node: WatchedNode, _ target: WatchedNode.Target, _ report: ProbeLink.Report) {
    if let domain = target.purpose.domain { return finish(node, target, domain, report) }
    // No answer says nothing: not every public address can be reached from inside.
    guard let features = report.features, let index = node.place(of: target),
      node.targets[index].isEdge != features.isEdge
    else { return }
    node.targets[index].isEdge = features.isEdge
    node.publish(now: loop.now)
    tell(isEdge: features.isEdge, node, target.purpose.address)
  }

  /// A probe of a node's WebSocket is over. It says nothing of the node's health.
  private func finish(
    _ node: WatchedNode, _ target: WatchedNode.Target, _ domain: Domain, _ report: ProbeLink.Report
  ) {
    guard !report.isOurs, let index = node.place(of: target) else { return }
    let isEdge = report.features?.isEdge == true
    let complaint = isEdge ? "it is an edge and no node" : report.fault
    if let features = report.features, complaint == nil {
      if node.web?.learn(features, of: domain.bytes) == true { learned() }
    } else if let plan {
      // Its clients are offered what is known, or little: that must not last longer than the trouble.
      node.targets[index].due =
        loop.now + NodeHealth.jittered(plan.health.down.milliseconds, by: random.next())
    }
    if isEdge != target.isEdge {
      node.targets[index].isEdge = isEdge
      node.publish(now: loop.now)
    }
    guard complaint != target.complaint else { return }
    node.targets[index].complaint = complaint
    let fields = [("node", node.name), ("domain", domain.description)]
    if let complaint {
      // While the node is down that is no news.
      guard node.health.share(now: loop.now) != .none else { return }
      log.write(.warning, "a node's WebSocket cannot be used", fields + [("reason", complaint)])
    } else {
      log.write(.info, "a node's WebSocket can be used", fields)
    }
  }

  private func tell(isEdge: Bool, _ node: WatchedNode) {
    guard isEdge != node.isEdge else { return }
    node.isEdge = isEdge
    tell(isEdge: isEdge, node, node.configuration.internalAddress)
  }

  private func tell(isEdge: Bool, _ node: WatchedNode, _ target: HostPort) {
    let fields = [("node", node.name), ("target", target.description)]
    if isEdge {
      log.write(
        .error, "the target is an edge: clients would be sent round and round, so it gets none",
        fields)
    } else {
      log.write(.info, "the target is no edge any more", fields)
    }
  }

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
    guard result == .passed, report.distrust != node.distrusts[domain] else { return }
    node.distrusts[domain] = report.distrust
    if let distrust = report.distrust {
      log.write(.warning, "a node's certificate is not trusted", fields + [("reason", distrust)])
    } else {
      log.write(.info, "a node's certificate is trusted again", fields)
    }
  }
}

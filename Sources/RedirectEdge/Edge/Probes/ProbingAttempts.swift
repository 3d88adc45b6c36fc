import Conversation
import Glibc
import Routing
import Shared

/// How a probe comes to its node.
extension Probing {
  /// Tries the addresses in turn until one lets the errand be done; each gets an equal part of the time that is left, so that
  /// one that says nothing leaves some to the others. `hold` is told the link that is under way.
  func attempt(
    _ errand: ProbeLink.Errand, at host: HostPort, _ places: ArraySlice<SocketAddress>,
    until bound: ProbeLink.Bound, hold: @escaping (ProbeLink?) -> Void,
    report: @escaping (ProbeLink.Report, SocketAddress?) -> Void
  ) {
    var fault = unresolved[host] ?? "no address is known"
    var isOurs = false
    var rest = places
    while let place = rest.popFirst(),
      let context = errand.web == nil ? plan?.context : plan?.webContext
    {
      guard let descriptor = place.connect() else {
        isOurs = isOurs || SystemError.isOurs(errno)
        fault = Link.End.failed(errno).description
        continue
      }
      let others = rest
      let part = (bound.header - loop.now) / Int64(others.count + 1)
      do throws(SystemError) {
        let link = try ProbeLink(
          loop, descriptor: descriptor, errand, context: context, random: &random,
          bound: ProbeLink.Bound(header: loop.now + part, goal: bound.goal)
        ) { [weak self] result in
          hold(nil)
          guard let self, result.fault != nil, !result.hasHeader, !others.isEmpty,
            loop.now < bound.header
          else { return report(result, place) }
          attempt(errand, at: host, others, until: bound, hold: hold, report: report)
        }
        return hold(link)
      } catch {
        isOurs = isOurs || SystemError.isOurs(error.code)
        fault = error.description
      }
    }
    hold(nil)
    report(
      ProbeLink.Report(
        hasHeader: false, fault: fault, features: nil, distrust: nil, isOurs: isOurs), nil)
  }
}

extension ProbeLink.Errand {
  init(
    _ domain: Domain?, node: Configuration.Node, goal: Probe.Goal,
    security: Configuration.Node.InternalSecurity, web: WebAddress? = nil,
    proxy: Configuration.Node.InternalProxy
  ) {
    self.goal = goal
    self.security = security
    self.proxy = proxy
    self.web = web
    if let web, let domain {
      self.domain = domain.bytes
      // HTTP's certificates are for the host of the URL.
      serverName = SocketAddress(literal: web.hostPort) == nil ? web.hostPort.host : ""
    } else if let domain {
      self.domain = domain.bytes
      serverName = domain.ascii
    } else {
      // No domain is configured: most nodes know their own name.
      self.domain = Array(node.host.host.utf8)
      serverName = SocketAddress(literal: node.host) == nil ? node.host.host : ""
    }
  }
}

import Conversation
import Routing
import Shared

/// One probe on the wire: connects to one address of a node, lets a `Probe` talk, and takes its leave.
final class ProbeLink: Link {
  /// Where a probe goes, and what it wants there.
  struct Errand {
    let domain: [UInt8]
    /// The domain in its ASCII form, for SNI and the certificate; empty: none.
    let serverName: String
    let goal: Probe.Goal
    let security: Configuration.Node.InternalSecurity
    let proxy: Configuration.Node.InternalProxy
    /// It goes to a WebSocket.
    var web: WebAddress?
  }

  /// What came of it.
  struct Report {
    /// The stream header came.
    let hasHeader: Bool
    /// nil: the goal was reached.
    let fault: String?
    let features: NodeFeatures?
    /// Why the certificate is not trusted; nil: it is, or none was seen.
    let distrust: String?
    /// The edge lacks something itself, so this tells nothing of the node.
    var isOurs = false
  }

  /// When it must have got how far, in `Clock` milliseconds.
  struct Bound {
    /// To the stream header. A node that says nothing is not waited for longer because much was wanted of it.
    let header: Int64
    /// To the goal.
    let goal: Int64
  }

  /// How long the node's own goodbye is awaited, in ms: nobody waits for the result meanwhile.
  private static let goodbye: Int64 = 1000
  /// The most that a node may send, in bytes: features with much in them have some 4 KiB.
  private static let mostReceived = 256 * 1024

  private let errand: Errand
  private let bound: Bound
  private let context: TLSClientContext
  private var probe: Probe
  private var report: ((Report) -> Void)?
  private var distrust: String?
  private var taken = 0

  /// - Parameter report: called once.
  init(
    _ loop: LinkLoop, descriptor: Int32, _ errand: Errand, context: TLSClientContext,
    random: inout Generator, bound: Bound, report: @escaping (Report) -> Void
  ) throws(SystemError) {
    self.errand = errand
    self.bound = bound
    self.context = context
    self.report = report
    probe = Probe(
      domain: errand.domain, goal: errand.goal, upgrades: errand.security == .starttls,
      through: errand.web.map { WebSocketDoor($0, &random) })
    try super.init(loop, descriptor: descriptor, isConnected: false)
    setDeadline(bound.header)
  }

  /// Nobody wants to know any more.
  func abandon() {
    report = nil
    close()
  }

  override func opened() {
    if errand.proxy == .v2 {
      var header: [UInt8] = []
      ProxyHeader.sayLocal(&header)
      send(header)
    }
    guard errand.security == .directtls else { return speak() }
    beginTLS()
  }

  override func secured() {
    distrust = session?.distrust
    var output: [UInt8] = []
    if errand.security == .directtls { probe.open(&output) } else { probe.secured(&output) }
    send(output)
  }

  override func received(_ bytes: Span<UInt8>) {
    taken += bytes.count
    guard taken <= Self.mostReceived else {
      tell("it does not stop sending")
      return close()
    }
    // After the report only the node's goodbye can come.
    guard report != nil else { return }
    let hadHeader = probe.hasHeader
    var output: [UInt8] = []
    let action = probe.receive(bytes, output: &output)
    if probe.hasHeader, !hadHeader { setDeadline(bound.goal) }
    switch action {
    case .read: send(output)
    case .startTLS:
      send(output)
      beginTLS()
    case .done(let features): finish(nil, features, saying: output)
    case .failed(let fault): finish(fault.description, saying: output)
    }
  }

  override func ended(_ end: End) { tell(end.description) }

  override func expired() {
    tell("no answer in time")
    close()
  }

  private func speak() {
    var output: [UInt8] = []
    probe.open(&output)
    send(output)
  }

  private func beginTLS() {
    let session = unsafe TLSSession(
      client: context.context, serverName: errand.serverName, wire: loop.wire)
    guard let session else { return finish("TLS cannot begin") }
    startTLS(session)
  }

  /// Says what came of it, takes leave and ends our direction: the node closes then. In this order: a node that is gone
  /// before our goodbye has still said what it said.
  private func finish(
    _ fault: String?, _ features: NodeFeatures? = nil, saying goodbye: [UInt8] = []
  ) {
    tell(fault, features)
    setDeadline(loop.now + Self.goodbye)
    send(goodbye)
    endOutput()
  }

  private func tell(_ fault: String?, _ features: NodeFeatures? = nil) {
    guard let report else { return }
    self.report = nil
    report(
      Report(
        hasHeader: probe.hasHeader, fault: fault, features: features, distrust: distrust))
  }
}

/// What the edge says, word for word.
enum Answer {
  /// Our header (RFC 6120 section 4.7). An empty `domain` is not known yet. A client before 1.0 is
  /// told no version (section 4.7.5). The client's `from` is not repeated as `to`, against section
  /// 4.7.2: it is a name that nobody has proved, and no client looks for it.
  static func header(
    domain: Span<UInt8>, isModern: Bool, random: UInt64, to output: inout [UInt8]
  ) {
    output.say("<?xml version='1.0'?><stream:stream xmlns='jabber:client'")
    output.say(" xmlns:stream='http://etherx.jabber.org/streams' id='")
    sayID(random, &output)
    output.say("'")
    if !domain.isEmpty {
      output.say(" from='")
      output.sayEscaped(domain)
      output.say("'")
    }
    output.say(isModern ? " version='1.0' xml:lang='en'>" : " xml:lang='en'>")
  }

  /// The same for a WebSocket (RFC 7395 section 3.4).
  static func open(domain: Span<UInt8>, random: UInt64, to output: inout [UInt8]) {
    output.say("<open xmlns='\(Namespace.framing.name)' id='")
    sayID(random, &output)
    output.say("'")
    if !domain.isEmpty {
      output.say(" from='")
      output.sayEscaped(domain)
      output.say("'")
    }
    output.say(" version='1.0' xml:lang='en'/>")
  }

  private static func sayID(_ random: UInt64, _ output: inout [UInt8]) {
    for shift in stride(from: 60, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: random >> UInt64(shift)) & 0xF
      output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }

  /// Tells other edges that this is one, so that none takes it for a node: clients would go round for ever.
  static let mark = "<edge xmlns='urn:redirect-edge:1'/>"

  static let startTLSFeatures =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
    + "\(mark)</stream:features>"

  /// What an element that stands alone must bind itself.
  private static func prefix(_ framing: Framing) -> String {
    framing == .document ? "" : " xmlns:stream='http://etherx.jabber.org/streams'"
  }

  private static func content(_ framing: Framing) -> String {
    framing == .document ? "" : " xmlns='jabber:client'"
  }

  /// `<stream:features/>` with mechanisms.
  static func features(_ mechanisms: [String], _ framing: Framing) -> [UInt8] {
    var output: [UInt8] = []
    output.say(
      "<stream:features\(prefix(framing))><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>")
    for mechanism in mechanisms {
      output.say("<mechanism>")
      output.sayEscaped(Array(mechanism.utf8).span)
      output.say("</mechanism>")
    }
    output.say("</mechanisms>")
    output.say(mark)
    output.say("</stream:features>")
    return output
  }

  /// The header of a stream that the edge itself opens to a node.
  static func clientHeader(to domain: Span<UInt8>, _ output: inout [UInt8]) {
    output.say("<?xml version='1.0'?><stream:stream xmlns='jabber:client'")
    output.say(" xmlns:stream='http://etherx.jabber.org/streams' to='")
    output.sayEscaped(domain)
    output.say("' version='1.0' xml:lang='en'>")
  }

  /// The same through a WebSocket.
  static func clientOpen(to domain: Span<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.say("<open xmlns='\(Namespace.framing.name)' to='")
    output.sayEscaped(domain)
    output.say("' version='1.0'/>")
    return output
  }

  static let proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

  static let refusedTLS = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

  static let end = "</stream:stream>"

  /// The end on a WebSocket (RFC 7395 section 3.6).
  static let close = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"

  /// A stream error (RFC 6120 section 4.9).
  static func error(_ error: StreamError, _ framing: Framing, to output: inout [UInt8]) {
    output.say("<stream:error\(prefix(framing))><")
    output.say(error.rawValue)
    output.say(" xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
  }

  /// The redirect on a WebSocket, and the end (RFC 7395 section 3.6.1); `target` is a URL.
  static func seeOtherURI(_ target: Span<UInt8>, to output: inout [UInt8]) {
    output.say("<close xmlns='\(Namespace.framing.name)' see-other-uri='")
    output.sayEscaped(target)
    output.say("'/>")
  }

  /// The redirect of a BOSH client (XEP-0124 section 17.2); `target` is a URL.
  static func seeOtherSession(_ target: Span<UInt8>, to output: inout [UInt8]) {
    output.say("<body xmlns='\(Namespace.bosh.name)' type='terminate'")
    output.say(" condition='see-other-uri'><uri>")
    output.sayEscaped(target)
    output.say("</uri></body>")
  }

  /// A request of a session that is not ours (XEP-0124 section 17.2): the client begins another one.
  static func unknownSession(to output: inout [UInt8]) {
    output.say("<body xmlns='\(Namespace.bosh.name)' type='terminate'")
    output.say(" condition='item-not-found'/>")
  }

  /// Why a BOSH client gets no session (XEP-0124 section 17.2).
  static func sessionError(_ error: StreamError, to output: inout [UInt8]) {
    output.say("<body xmlns='\(Namespace.bosh.name)' type='terminate' condition='")
    switch error {
    case .hostUnknown, .improperAddressing, .internalServerError, .remoteConnectionFailed,
      .systemShutdown:
      return output.say("\(error.rawValue)'/>")
    case .badFormat, .notWellFormed, .restrictedXML, .unsupportedEncoding:
      return output.say("bad-request'/>")
    default: break
    }
    output.say("remote-stream-error'\(prefix(.bosh))><stream:error><\(error.rawValue)")
    output.say(" xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
    if error == .notAuthorized {
      output.say("<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>")
      output.say("expected the user's address in from: there are no sessions here, only redirects")
      output.say("</text>")
    }
    output.say("</stream:error></body>")
  }

  /// The redirect and the end tag (RFC 6120 section 4.9.3.19); `target` is `host:port`.
  static func seeOtherHost(_ target: Span<UInt8>, to output: inout [UInt8]) {
    output.say("<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>")
    output.sayEscaped(target)
    output.say("</see-other-host></stream:error></stream:stream>")
  }

  /// An empty challenge: the client's first message is awaited (RFC 6120 section 6.4.2).
  static func challenge(_ profile: SASLProfile, to output: inout [UInt8]) {
    output.say("<challenge xmlns='")
    output.say(profile.namespace.name)
    output.say("'/>")
  }

  static func failure(
    _ profile: SASLProfile, _ condition: SASLCondition, to output: inout [UInt8]
  ) {
    output.say("<failure xmlns='")
    output.say(profile.namespace.name)
    output.say("'><")
    output.say(condition.rawValue)
    // XEP-0388: the conditions stay in the namespace of RFC 6120.
    output.say(profile == .sasl2 ? " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" : "/>")
    output.say("</failure>")
  }

  /// What `jabber:iq:auth` wants to know (XEP-0078); no `password`, so that none comes.
  static func fields(
    id: Unescaped, in bytes: Span<UInt8>, _ framing: Framing, to output: inout [UInt8]
  ) {
    output.say("<iq\(content(framing)) type='result' id='")
    output.sayEscaped(id, in: bytes)
    output.say("'><query xmlns='jabber:iq:auth'><username/><digest/><resource/></query></iq>")
  }

  /// A `jabber:iq:auth` without a name that can be used (XEP-0078).
  static func queryFailure(
    id: Unescaped, in bytes: Span<UInt8>, _ framing: Framing, to output: inout [UInt8]
  ) {
    output.say("<iq\(content(framing)) type='error' id='")
    output.sayEscaped(id, in: bytes)
    output.say("'><error code='406' type='modify'><not-acceptable")
    output.say(" xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
  }
}

extension [UInt8] {
  mutating func sayEscaped(_ bytes: Span<UInt8>) {
    for index in bytes.indices { sayEscaped(bytes[index]) }
  }

  fileprivate mutating func sayEscaped(_ text: consuming Unescaped, in bytes: Span<UInt8>) {
    while let byte = text.next(in: bytes) { sayEscaped(byte) }
  }

  private mutating func sayEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "<"): say("&lt;")
    case UInt8(ascii: ">"): say("&gt;")
    case UInt8(ascii: "&"): say("&amp;")
    case UInt8(ascii: "'"): say("&apos;")
    case UInt8(ascii: "\""): say("&quot;")
    default: append(byte)
    }
  }

  /// Appends the text as it is.
  mutating func say(_ text: String) {
    append(contentsOf: text.utf8)
  }
}

/// The XML namespaces that mean something before a client has its answer.
enum Namespace: UInt8 {
  /// None, or one that means nothing here.
  case other
  case streams
  case client
  case tls
  case sasl
  case sasl2
  case iqAuth
  case channelBinding
  case edge
  case framing
  case bosh
  case xml
  case xmlns

  /// The name; empty for `other`.
  var name: String {
    switch self {
    case .other: ""
    case .streams: "http://etherx.jabber.org/streams"
    case .client: "jabber:client"
    case .tls: "urn:ietf:params:xml:ns:xmpp-tls"
    case .sasl: "urn:ietf:params:xml:ns:xmpp-sasl"
    case .sasl2: "urn:xmpp:sasl:2"
    case .iqAuth: "jabber:iq:auth"
    case .channelBinding: "urn:xmpp:sasl-cb:0"
    case .edge: "urn:redirect-edge:1"
    case .framing: "urn:ietf:params:xml:ns:xmpp-framing"
    case .bosh: "http://jabber.org/protocol/httpbind"
    case .xml: "http://www.w3.org/XML/1998/namespace"
    case .xmlns: "http://www.w3.org/2000/xmlns/"
    }
  }

  /// The namespace whose name stands, escaped, in `range`.
  init(_ range: Range<Int>, in bytes: Span<UInt8>) {
    for namespace in Self.known where Unescaped(range).holds(namespace.name, in: bytes) {
      self = namespace
      return
    }
    self = .other
  }

  /// The most frequent first.
  private static let known: [Namespace] = [
    .client, .streams, .sasl, .tls, .sasl2, .iqAuth, .xml, .xmlns, .channelBinding, .edge,
    .framing, .bosh,
  ]
}

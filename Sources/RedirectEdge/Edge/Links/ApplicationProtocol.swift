/// What is spoken inside TLS, as ALPN names it (RFC 7301).
enum ApplicationProtocol: String {
  /// XEP-0368.
  case xmpp = "xmpp-client"
  /// There is no WebSocket in HTTP/2 here (RFC 6455 section 4.1).
  case http = "http/1.1"
}

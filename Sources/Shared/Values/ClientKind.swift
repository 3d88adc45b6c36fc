/// The kind of connection a client came with; it picks the target that the client is told.
public enum ClientKind: UInt8, Sendable, CaseIterable {
  /// TCP, then STARTTLS (RFC 6120 section 5).
  case starttls
  /// TLS from the first byte (XEP-0368).
  case directtls
  /// WebSocket (RFC 7395).
  case websocket
  /// HTTP long polling (XEP-0124, XEP-0206).
  case bosh
}

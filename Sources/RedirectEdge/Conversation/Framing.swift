/// How the pieces of a stream travel, and with it some of the words.
public enum Framing: Sendable {
  /// As parts of one XML document (RFC 6120).
  case document
  /// Each in a message of a WebSocket, and standing alone (RFC 7395).
  case messages
  /// In the body of an HTTP request (XEP-0124, XEP-0206): there is but one, that asks for a session.
  case bosh
}

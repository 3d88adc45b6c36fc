/// The stream errors that the edge sends; the raw value is the element's name (RFC 6120 section
/// 4.9.3). docs/conversation.md says which is sent when.
public enum StreamError: String, Error, Sendable, CaseIterable {
  /// XML that is well-formed and still no stream.
  case badFormat = "bad-format"
  /// The stream's element without a prefix.
  case badNamespacePrefix = "bad-namespace-prefix"
  /// A step or the whole took too long.
  case connectionTimeout = "connection-timeout"
  /// A `to` that is not served here.
  case hostUnknown = "host-unknown"
  /// No `to`, and more than one domain that it could be.
  case improperAddressing = "improper-addressing"
  /// Our own fault.
  case internalServerError = "internal-server-error"
  /// The domain of `from` is not that of `to`.
  case invalidFrom = "invalid-from"
  /// A stream or content namespace that is not a client's.
  case invalidNamespace = "invalid-namespace"
  /// A stanza before anybody logged in.
  case notAuthorized = "not-authorized"
  /// A violation of XML or of XML namespaces.
  case notWellFormed = "not-well-formed"
  /// Over a limit, or not by the rules of the listener.
  case policyViolation = "policy-violation"
  /// No node to go to.
  case remoteConnectionFailed = "remote-connection-failed"
  /// The edge is full.
  case resourceConstraint = "resource-constraint"
  /// A comment, processing instruction, DTD or entity (RFC 6120 section 11.1).
  case restrictedXML = "restricted-xml"
  /// The edge is leaving.
  case systemShutdown = "system-shutdown"
  /// Not UTF-8.
  case unsupportedEncoding = "unsupported-encoding"
  /// A child of the stream that means nothing here.
  case unsupportedStanzaType = "unsupported-stanza-type"
  /// A client too old for the TLS that is required, or a version that is no number.
  case unsupportedVersion = "unsupported-version"
}

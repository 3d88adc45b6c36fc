/// Which preparation of names makes the keys. It must be the one that the nodes apply, or a user
/// silently moves; the raw value is stored in the map and checked when it is opened.
public enum JIDProfile: String, Sendable, CaseIterable {
  /// Stringprep (RFC 3920 appendix A, RFC 3491), what ejabberd and Prosody apply.
  case nodeprep
  /// PRECIS (RFC 7622, RFC 8264, RFC 8265).
  case precis
}

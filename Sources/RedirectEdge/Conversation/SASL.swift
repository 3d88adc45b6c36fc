/// The two ways SASL is spoken on a stream.
enum SASLProfile: Equatable {
  /// RFC 6120 section 6.
  case sasl
  /// XEP-0388.
  case sasl2

  var namespace: Namespace { self == .sasl ? .sasl : .sasl2 }
}

/// A mechanism whose first message names the user.
enum Mechanism: UInt8, Equatable {
  /// RFC 5802, RFC 7677: any hash, with or without `-PLUS`.
  case scram
  /// RFC 4616; and X-OAUTH2 (ejabberd), which has a token where PLAIN has the password.
  case plain
  /// RFC 7628.
  case oauthBearer
  /// draft-schmaus-kitten-sasl-ht, XEP-0484.
  case hashedToken
  /// RFC 4422 appendix A.
  case external

  /// nil: the name of a mechanism that cannot be read, or does not name the user first (DIGEST-MD5,
  /// GSSAPI, ANONYMOUS). Whether it was offered does not matter: nobody's proof is checked here.
  init?(_ name: Span<UInt8>) {
    if name.begins("SCRAM-") {
      self = .scram
    } else if name.holds("PLAIN") || name.holds("X-OAUTH2") {
      self = .plain
    } else if name.begins("HT-") {
      self = .hashedToken
    } else if name.holds("OAUTHBEARER") {
      self = .oauthBearer
    } else if name.holds("EXTERNAL") {
      self = .external
    } else {
      return nil
    }
  }
}

/// Why an attempt is refused; the raw value is the element's name (RFC 6120 section 6.5).
enum SASLCondition: String, Error, Equatable {
  /// The client gave up.
  case aborted
  /// Not base64 as RFC 4648 section 4 has it.
  case incorrectEncoding = "incorrect-encoding"
  /// An identity to act as that is no user of this stream's domain.
  case invalidAuthzid = "invalid-authzid"
  /// A mechanism that does not tell the edge who it is.
  case invalidMechanism = "invalid-mechanism"
  /// Not what the mechanism's first message looks like.
  case malformedRequest = "malformed-request"
  /// No name, or none that is a user of this stream's domain.
  case notAuthorized = "not-authorized"
}

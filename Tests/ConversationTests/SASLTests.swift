import Conversation
import Shared
import Testing

/// First messages, one a row: mechanism, message (`\0` is NUL), what becomes of it. An answer with an at-sign
/// is a user, any other a SASL failure.
@Suite("First messages of SASL mechanisms")
struct SASLTests {
  struct Row: Sendable, CustomStringConvertible {
    let mechanism: String
    let message: String
    let answer: String
    var description: String { "\(mechanism) \(message.replacing("\0", with: "␀"))" }

    init(_ mechanism: String, _ message: String, _ answer: String) {
      self.mechanism = mechanism
      self.message = message
      self.answer = answer
    }
  }

  static let rows: [Row] = [
    // RFC 5802: header, user name and its escapes, channel binding.
    Row("SCRAM-SHA-1", "n,,n=alice,r=x", "alice@a.example"),
    Row("SCRAM-SHA-256", "y,,n=alice,r=x", "alice@a.example"),
    Row("SCRAM-SHA-256-PLUS", "p=tls-exporter,,n=alice,r=x", "alice@a.example"),
    Row("SCRAM-SHA-512", "n,,n=Alice,r=x,t=extension", "alice@a.example"),
    Row("SCRAM-SHA-1", "n,,n=a=2Cb=3Dc,r=x", "a,b=c@a.example"),
    Row("SCRAM-SHA-1", "n,,n=a=2cb,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "n,,n=a=3,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "n,,n=a=,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "n,a=bob@a.example,n=alice,r=x", "bob@a.example"),
    Row("SCRAM-SHA-1", "n,a=bob@b.example,n=alice,r=x", "invalid-authzid"),
    Row("SCRAM-SHA-1", "n,a=,n=alice,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "n,b=bob,n=alice,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "n,,m=must,n=alice,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "n,,n=,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "n,,n=alice", "malformed-request"),
    Row("SCRAM-SHA-1", "n,,n=alice,r=", "malformed-request"),
    Row("SCRAM-SHA-1", "n,,r=x,n=alice", "malformed-request"),
    Row("SCRAM-SHA-1", "n,n=alice,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "p=,,n=alice,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "x,,n=alice,r=x", "malformed-request"),
    Row("SCRAM-SHA-1", "n,", "malformed-request"),
    Row("SCRAM-SHA-1", "n", "malformed-request"),
    Row("SCRAM-SHA-1", "", "malformed-request"),
    Row("SCRAM-SHA-1", "n,,n=a b,r=x", "not-authorized"),
    Row("SCRAM-SHA-1", "n,,n=alice@a.example,r=x", "alice@a.example"),
    Row("SCRAM-SHA-1", "n,,n=alice@b.example,r=x", "not-authorized"),
    Row("SCRAM-SHA-1", "n,,n=alice/phone,r=x", "not-authorized"),
    Row("SCRAM-SHA-1", "n,,n=ÄRGER,r=x", "ärger@a.example"),
    // RFC 4616.
    Row("PLAIN", "\0alice\0secret", "alice@a.example"),
    Row("PLAIN", "\0alice\0", "alice@a.example"),
    Row("PLAIN", "\0alice@A.example\0secret", "alice@a.example"),
    Row("PLAIN", "\0alice@b.example\0secret", "not-authorized"),
    Row("PLAIN", "bob@a.example\0alice\0secret", "bob@a.example"),
    Row("PLAIN", "bob@a.example/phone\0alice\0secret", "bob@a.example"),
    Row("PLAIN", "bob\0alice\0secret", "bob@a.example"),
    Row("PLAIN", "bob@b.example\0alice\0secret", "invalid-authzid"),
    Row("PLAIN", "@\0alice\0secret", "invalid-authzid"),
    Row("PLAIN", "\0\0secret", "malformed-request"),
    Row("PLAIN", "\0alice", "malformed-request"),
    Row("PLAIN", "alice", "malformed-request"),
    Row("PLAIN", "\0alice\0secret\0more", "malformed-request"),
    Row("PLAIN", "", "malformed-request"),
    // The same form, with a token.
    Row("X-OAUTH2", "\0alice\0token", "alice@a.example"),
    Row("X-OAUTH2", "\0alice@a.example\0token", "alice@a.example"),
    Row("X-OAUTH2", "token", "malformed-request"),
    // RFC 7628: the token says who logs in, but not to us.
    Row("OAUTHBEARER", "n,a=alice@a.example,\u{1}auth=Bearer x\u{1}\u{1}", "alice@a.example"),
    Row("OAUTHBEARER", "n,a=alice@b.example,\u{1}auth=Bearer x\u{1}\u{1}", "invalid-authzid"),
    Row("OAUTHBEARER", "n,,\u{1}auth=Bearer x\u{1}\u{1}", "not-authorized"),
    Row("OAUTHBEARER", "Bearer x", "malformed-request"),
    // XEP-0484.
    Row("HT-SHA-256-NONE", "alice\0token", "alice@a.example"),
    Row("HT-SHA-512-EXPR", "alice\0\0\u{1}\0", "alice@a.example"),
    Row("HT-SHA-256-NONE", "alice", "malformed-request"),
    Row("HT-SHA-256-NONE", "\0token", "malformed-request"),
    // RFC 4422 appendix A.
    Row("EXTERNAL", "alice@a.example", "alice@a.example"),
    Row("EXTERNAL", "alice", "alice@a.example"),
    Row("EXTERNAL", "alice@b.example", "invalid-authzid"),
    Row("EXTERNAL", "", "not-authorized"),
    // These name nobody, or later.
    Row("DIGEST-MD5", "", "invalid-mechanism"),
    Row("GSSAPI", "YII", "invalid-mechanism"),
    Row("ANONYMOUS", "trace@a.example", "invalid-mechanism"),
    Row("plain", "\0alice\0secret", "invalid-mechanism"),
    Row("", "\0alice\0secret", "invalid-mechanism"),
  ]

  @Test(arguments: rows) func sasl(_ row: Row) {
    login(row, Cast.auth(row.mechanism, row.message), Cast.failure)
  }

  @Test(arguments: rows) func sasl2(_ row: Row) {
    login(row, Cast.authenticate(row.mechanism, row.message), Cast.failure2)
  }

  @Test(arguments: rows) func response(_ row: Row) {
    guard row.answer != "invalid-mechanism" else { return }
    let play = Play(
      row.description, .client(Cast.header() + Cast.auth(row.mechanism, nil)),
      .edge(Cast.loginOffered + Cast.challenge), .client(Cast.response(row.message)),
      outcome(row, Cast.failure))
    play.perform(.whole)
  }

  private func login(_ row: Row, _ element: String, _ failure: (String) -> String) {
    Play(
      row.description, .client(Cast.header()), .edge(Cast.loginOffered), .client(element),
      outcome(row, failure)
    ).perform(.whole)
  }

  private func outcome(_ row: Row, _ failure: (String) -> String) -> Play.Line {
    row.answer.contains("@") ? .identified(row.answer) : .edge(failure(row.answer))
  }

  @Test(
    "Base64 is taken by the letter",
    arguments: [
      // "\0alice\0x" is AGFsaWNlAHg=
      ("AGFsaWNlAHg=", true), ("AGFsaWNlAHg", false), ("AGFsaWNlAHg==", false),
      ("AGFsaWNlAHh=", false), ("AGFsaWNl\nAHg=", false), (" AGFsaWNlAHg=", false),
      ("AGFsaWNlAHg=AGFs", false), ("AGFsaWNlAHg-", false), ("AGFsaWNlAHg=====", false),
      ("A", false), ("A===", false), ("====", false), ("==", false), ("AGFsaWNlAHg%", false),
      ("AGFsaWNlAA==", true), ("AGFsaWNlAB==", false), ("é", false),
    ])
  func base64(_ text: String, isRight: Bool) {
    Play(
      text, .client(Cast.header()), .edge(Cast.loginOffered),
      .client("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>\(text)</auth>"),
      isRight ? .identified("alice@a.example") : .edge(Cast.failure("incorrect-encoding"))
    ).perform(.whole)
  }

  @Test("A name that is not UTF-8 is none")
  func illFormedName() {
    // "\0al\xFFce\0x"
    Play(
      "AGFs/2NlAHg=", .client(Cast.header()), .edge(Cast.loginOffered),
      .client(
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFs/2NlAHg=</auth>"),
      .edge(Cast.failure("not-authorized"))
    ).perform(.whole)
  }
}

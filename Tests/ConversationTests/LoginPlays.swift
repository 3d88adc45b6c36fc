import Conversation
import Shared
import Testing

/// Logins that name the user: SASL, SASL2, jabber:iq:auth.
enum LoginPlays {
  static let scram = "n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL"
  static let username = "<username>alice</username>"

  static func query(_ type: String, _ content: String) -> String {
    "<iq type='\(type)' id='a&lt;1'><query xmlns='jabber:iq:auth'>\(content)</query></iq>"
  }

  static let notAcceptable =
    "<iq type='error' id='a&lt;1'><error code='406' type='modify'>"
    + "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"

  static let sasl: [Play] = [
    Play(
      "SCRAM, one step after the other",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("SCRAM-SHA-1", scram)),
      .identified("alice@a.example"), .answer,
      .edge(Cast.sent), .closes),
    Play(
      "SCRAM in the flight of the header",
      .client(Cast.header() + Cast.auth("SCRAM-SHA-256", scram)),
      .identified("alice@a.example"), .answer,
      .edge(Cast.loginOffered + Cast.sent), .closes),
    Play(
      "SCRAM after STARTTLS", over: .starttls,
      .client(Cast.header()),
      .edge(Cast.tlsOffered),
      .client(Cast.startTLS),
      .edge(Cast.proceed), .tls,
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("SCRAM-SHA-256", scram)),
      .identified("alice@a.example"), .answer,
      .edge(Cast.sent), .closes),
    Play(
      "no first message: it is asked for",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>"),
      .edge(Cast.challenge),
      .client(Cast.response("\0alice\0secret")),
      .identified("alice@a.example"), .answer,
      .edge(Cast.sent), .closes),
    Play(
      "an attempt given up, and another",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("SCRAM-SHA-1", nil)),
      .edge(Cast.challenge),
      .client("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"),
      .edge(Cast.failure("aborted")),
      .client(Cast.auth("SCRAM-SHA-1", scram)),
      .identified("alice@a.example")),
    Play(
      "an attempt dropped for another",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("EXTERNAL", nil)),
      .edge(Cast.challenge),
      .client(Cast.auth("SCRAM-SHA-1", scram)),
      .identified("alice@a.example")),
    Play(
      "go-sendxmpp: DIGEST-MD5 names nobody; the next mechanism does",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("DIGEST-MD5", nil)),
      .edge(Cast.failure("invalid-mechanism")), .waits,
      .client(Cast.auth("PLAIN", "\0alice\0secret")),
      .identified("alice@a.example")),
    Play(
      "three attempts are enough",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("GSSAPI", nil)),
      .edge(Cast.failure("invalid-mechanism")),
      .client(Cast.auth("ANONYMOUS", nil)),
      .edge(Cast.failure("invalid-mechanism")),
      .client(Cast.auth("KERBEROS_V4", "x")),
      .edge(Cast.failure("invalid-mechanism") + Cast.error("policy-violation")), .closes),
    Play(
      "a response to nothing",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.response(scram)),
      .edge(Cast.failure("malformed-request")), .waits),
    Play(
      "no mechanism",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"),
      .edge(Cast.failure("invalid-mechanism")), .waits),
    Play(
      "elements in a message",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHg=<x/></auth>"),
      .edge(Cast.failure("malformed-request")), .waits),
    Play(
      "CDATA and references in a message are text like other text",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLA&#73;N'>"
          + "A<![CDATA[GFsaW]]>NlAH&#103;=</auth>"),
      .identified("alice@a.example")),
    Play(
      "slixmpp: EXTERNAL without a name, and no certificate",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("EXTERNAL", "")),
      .edge(Cast.failure("not-authorized")), .waits),
    Play(
      "EXTERNAL without a name, and the certificate's", certificate: "Alice@a.example",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("EXTERNAL", "")),
      .identified("alice@a.example")),
    Play(
      "a certificate of another domain", certificate: "alice@b.example",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("EXTERNAL", "")),
      .edge(Cast.failure("not-authorized")), .waits),
    Play(
      "a certificate names nobody who does not ask for it", certificate: "alice@a.example",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("OAUTHBEARER", "n,,\u{1}auth=Bearer x\u{1}\u{1}")),
      .edge(Cast.failure("not-authorized")), .waits),
    Play(
      "a mechanism of the listener's own list",
      setup: Setup(domains: [Cast.domain], mechanisms: ["PLAIN"]),
      .client(Cast.header()),
      .edge(
        Cast.ours() + "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
          + "<mechanism>PLAIN</mechanism></mechanisms><edge xmlns='urn:redirect-edge:1'/></stream:features>"
      ), .waits),
  ]

  static let sasl2: [Play] = [
    Play(
      "Conversations: header and <authenticate/> in one flight",
      .client(Cast.header() + Cast.authenticate("SCRAM-SHA-1", scram)),
      .identified("alice@a.example"), .answer,
      .edge(Cast.loginOffered + Cast.sent), .closes),
    Play(
      "Conversations with a name on the header: the rest is not read",
      .client(Cast.header(from: "alice@a.example") + Cast.authenticate("SCRAM-SHA-1", scram)),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "a token of XEP-0484",
      .client(Cast.header() + Cast.authenticate("HT-SHA-256-ENDP", "alice\0token")),
      .identified("alice@a.example")),
    Play(
      "no first message: it is asked for",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(
        "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><user-agent/></authenticate>"),
      .edge("<challenge xmlns='urn:xmpp:sasl:2'/>"),
      .client("<response xmlns='urn:xmpp:sasl:2'>\(Cast.base64("\0alice\0secret"))</response>"),
      .identified("alice@a.example")),
    Play(
      "refused in its own form",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.authenticate("UNKNOWN", "x")),
      .edge(Cast.failure2("invalid-mechanism")),
      .client("<abort xmlns='urn:xmpp:sasl:2'/>"),
      .edge(Cast.failure2("aborted")), .waits),
    Play(
      "an empty message is one",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(
        "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response/></authenticate>"
      ),
      .edge(Cast.failure2("malformed-request")), .waits),
  ]

  static let query: [Play] = [
    Play(
      "jabber:iq:auth: what is wanted, and then the name",
      .client(Cast.header(version: nil)),
      .edge(Cast.ours(version: nil)),
      .client(query("get", "")),
      .edge(
        "<iq type='result' id='a&lt;1'><query xmlns='jabber:iq:auth'><username/><digest/><resource/>"
          + "</query></iq>"),
      .client(query("set", username + "<digest>x</digest><resource>r</resource>")),
      .identified("alice@a.example"), .answer,
      .edge(Cast.sent), .closes),
    Play(
      "the name in the first query",
      .client(Cast.header(version: nil) + query("get", username)),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours(version: nil) + Cast.sent), .closes),
    Play(
      "on a stream of version 1.0, too",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(query("set", username)),
      .identified("alice@a.example")),
    Play(
      "no name",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(query("set", "<username/><password>x</password>")),
      .edge(notAcceptable),
      .client(query("set", "<username>a b</username>")),
      .edge(notAcceptable),
      .client(query("get", "<username>alice@b.example</username>")),
      .edge(notAcceptable + Cast.error("policy-violation")), .closes),
    Play(
      "another query before a login",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client("<iq type='get' id='1'><query xmlns='jabber:iq:register'/></iq>"),
      .edge(Cast.error("not-authorized")), .closes),
    Play(
      "a message before a login",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client("<message to='bob@a.example'><body>hi</body></message>"),
      .edge(Cast.error("not-authorized")), .closes),
    Play(
      "something else before a login",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(
        "<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>"),
      .edge(Cast.error("unsupported-stanza-type")), .closes),
    Play(
      "text between stanzas",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client("hello"),
      .edge(Cast.error("bad-format")), .closes),
  ]
}

@Suite("Logins, cut at every byte")
struct LoginTests {
  @Test(arguments: LoginPlays.sasl) func sasl(_ play: Play) { play.performCutEverywhere() }
  @Test(arguments: LoginPlays.sasl2) func sasl2(_ play: Play) { play.performCutEverywhere() }
  @Test(arguments: LoginPlays.query) func query(_ play: Play) { play.performCutEverywhere() }
}

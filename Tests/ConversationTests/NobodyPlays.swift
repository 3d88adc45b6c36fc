import Conversation
import SeededNumbers
import Shared
import Testing

/// Names that no user can have, where answers hide who is one, and where they do not.
enum NobodyPlays {
  static let concealing = Setup(domains: [Cast.domain, Cast.other], concealsUsers: true)
  static let secret = "\0secret"

  static let header: [Play] = [
    Play(
      "a user is one", setup: concealing,
      .client(Cast.header(from: "Alice@a.example/phone")),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "a character that no name has", setup: concealing,
      .client(Cast.header(from: "Foo bar@A.example/phone")),
      .nobody("Foo bar@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "no localpart before the at-sign", setup: concealing,
      .client(Cast.header(from: "@a.example")),
      .nobody("@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "a localpart that is too long", setup: concealing,
      .client(Cast.header(from: String(repeating: "a", count: 1024) + "@a.example")),
      .nobody(String(repeating: "a", count: 1024) + "@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "after STARTTLS", over: .starttls, setup: concealing,
      .client(Cast.header(from: "foo bar@a.example")),
      .edge(Cast.tlsOffered),
      .client(Cast.startTLS),
      .edge(Cast.proceed), .tls,
      .client(Cast.header(from: "foo bar@a.example")),
      .nobody("foo bar@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "no node for nobody", setup: concealing,
      .client(Cast.header(from: "foo bar@a.example")),
      .nobody("foo bar@a.example"), .fail(.remoteConnectionFailed),
      .edge(Cast.ours() + Cast.error("remote-connection-failed")), .closes),
    Play(
      "a name of another domain, whatever its localpart", setup: concealing,
      .client(Cast.header(from: "foo bar@b.example")),
      .edge(Cast.ours() + Cast.error("invalid-from")), .closes),
    Play(
      "a user of another domain", setup: concealing,
      .client(Cast.header(from: "alice@b.example")),
      .edge(Cast.ours() + Cast.error("invalid-from")), .closes),
    Play(
      "a domain that is none", setup: concealing,
      .client(Cast.header(from: "alice@a..example")),
      .edge(Cast.ours() + Cast.error("invalid-from")), .closes),
    Play(
      "two at-signs: what stands behind the first is no domain", setup: concealing,
      .client(Cast.header(from: "foo bar@alice@a.example")),
      .edge(Cast.ours() + Cast.error("invalid-from")), .closes),
    Play(
      "no name is no name", setup: concealing,
      .client(Cast.header(from: "host 17")),
      .edge(Cast.loginOffered), .waits),
    Play(
      "not concealed",
      .client(Cast.header(from: "foo bar@a.example")),
      .edge(Cast.ours() + Cast.error("invalid-from")), .closes),
  ]

  static let logins: [Play] = [
    Play(
      "SCRAM", setup: concealing,
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("SCRAM-SHA-1", "n,,n=foo bar,r=x")),
      .nobody("foo bar@a.example"), .answer,
      .edge(Cast.sent), .closes),
    Play(
      "an answer to a challenge", setup: concealing,
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("PLAIN", nil)),
      .edge(Cast.challenge),
      .client(Cast.response("\0foo bar" + secret)),
      .nobody("foo bar@a.example"), .answer,
      .edge(Cast.sent), .closes),
    Play(
      "SASL2", setup: concealing,
      .client(Cast.header() + Cast.authenticate("PLAIN", "\0foo bar" + secret)),
      .nobody("foo bar@a.example"), .answer,
      .edge(Cast.loginOffered + Cast.sent), .closes),
    Play(
      "jabber:iq:auth", setup: concealing,
      .client(Cast.header(version: nil)),
      .edge(Cast.ours(version: nil)),
      .client(LoginPlays.query("set", "<username>foo bar</username><password>x</password>")),
      .nobody("foo bar@a.example"), .answer,
      .edge(Cast.sent), .closes),
    Play(
      "nobody, and then a user", setup: concealing,
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.auth("PLAIN", "\0foo bar@b.example" + secret)),
      .edge(Cast.failure("not-authorized")),
      .client(LoginPlays.query("set", "<username/>")),
      .edge(LoginPlays.notAcceptable),
      .client(Cast.auth("PLAIN", "\0alice" + secret)),
      .identified("alice@a.example"), .answer,
      .edge(Cast.sent), .closes),
  ]

  /// Mechanism, message, what becomes of it: as in `SASLTests`, `nobody:` is what stands for the name.
  static let rows: [SASLTests.Row] = [
    // The message can be read, and the name is no user's.
    .init("PLAIN", "\0foo bar\0x", "nobody:foo bar@a.example"),
    .init("PLAIN", "\0Foo bar@A.example\0x", "nobody:Foo bar@a.example"),
    .init("PLAIN", "\0foo bar@a.example/phone\0x", "nobody:foo bar@a.example"),
    .init("PLAIN", "\0foo bar/x@b.example\0x", "nobody:foo bar@a.example"),
    .init("PLAIN", "\0@a.example\0x", "nobody:@a.example"),
    .init("PLAIN", "foo bar\0alice\0x", "nobody:foo bar@a.example"),
    .init("PLAIN", "foo bar@a.example\0alice\0x", "nobody:foo bar@a.example"),
    .init("SCRAM-SHA-1", "n,,n=a/b,r=x", "nobody:a/b@a.example"),
    .init("SCRAM-SHA-1", "n,,n=\0,r=x", "nobody:\0@a.example"),
    .init("SCRAM-SHA-256", "n,a=foo bar,n=alice,r=x", "nobody:foo bar@a.example"),
    .init("OAUTHBEARER", "n,a=a b,\u{1}auth=Bearer x\u{1}\u{1}", "nobody:a b@a.example"),
    .init("HT-SHA-256-NONE", "a b\0token", "nobody:a b@a.example"),
    .init("EXTERNAL", "a b", "nobody:a b@a.example"),
    // Users stay users.
    .init("PLAIN", "\0alice@a.example/a b\0x", "alice@a.example"),
    .init("PLAIN", "bob\0foo bar\0x", "bob@a.example"),
    // Another domain is refused, whoever it would be there.
    .init("PLAIN", "\0alice@b.example\0x", "not-authorized"),
    .init("PLAIN", "\0foo bar@b.example\0x", "not-authorized"),
    .init("PLAIN", "\0foo bar@\0x", "not-authorized"),
    .init("PLAIN", "@\0alice\0x", "invalid-authzid"),
    .init("PLAIN", "foo bar@b.example\0alice\0x", "invalid-authzid"),
    .init("SCRAM-SHA-1", "n,a=foo bar@b.example,n=alice,r=x", "invalid-authzid"),
    // What cannot be read names nobody at all.
    .init("PLAIN", "\0\0x", "malformed-request"),
    .init("SCRAM-SHA-1", "n,,n=,r=x", "malformed-request"),
    .init("SCRAM-SHA-1", "n,,n=foo bar=3,r=x", "malformed-request"),
    .init("EXTERNAL", "", "not-authorized"),
    .init("OAUTHBEARER", "n,,\u{1}auth=Bearer x\u{1}\u{1}", "not-authorized"),
    .init("ANONYMOUS", "foo bar", "invalid-mechanism"),
  ]
}

@Suite("Names that are no user's, cut at every byte")
struct NobodyTests {
  @Test(arguments: NobodyPlays.header) func header(_ play: Play) { play.performCutEverywhere() }
  @Test(arguments: NobodyPlays.logins) func login(_ play: Play) { play.performCutEverywhere() }

  @Test(arguments: NobodyPlays.rows) func sasl(_ row: SASLTests.Row) {
    Play(
      row.description, setup: NobodyPlays.concealing, .client(Cast.header()),
      .edge(Cast.loginOffered), .client(Cast.auth(row.mechanism, row.message)),
      outcome(row.answer)
    ).performCutEverywhere()
  }

  private func outcome(_ answer: String) -> Play.Line {
    if answer.hasPrefix("nobody:") { return .nobody(String(answer.dropFirst(7))) }
    return answer.contains("@") ? .identified(answer) : .edge(Cast.failure(answer))
  }

  /// Bytes that are not UTF-8, in the localpart and in the resource: the latter must not be alice to the hash.
  static let illFormed: [(name: [UInt8], local: [UInt8])] = [
    ([0x61, 0xFF, 0x62], [0x61, 0xFF, 0x62]),
    (Array("alice@a.example/".utf8) + [0xC0], Array("alice".utf8)),
  ]

  @Test(arguments: illFormed)
  func notUTF8(_ name: [UInt8], _ local: [UInt8]) {
    var stage = Stage(.plain, NobodyPlays.concealing)
    stage.send(Array(Cast.header().utf8))
    stage.send(Array(Cast.auth("PLAIN", [0] + name + [0, 0x78]).utf8))
    let (action, marked) = (stage.action, stage.marked)
    #expect(action == .nobody)
    #expect(marked == [Workspace.nobodysMark] + local + Array("@a.example".utf8))
  }

  @Test("A certificate's name is a name like any other")
  func certificate() {
    Play(
      "EXTERNAL", setup: NobodyPlays.concealing, certificate: "foo bar@a.example",
      .client(Cast.header()), .edge(Cast.loginOffered), .client(Cast.auth("EXTERNAL", "")),
      .nobody("foo bar@a.example")
    ).perform(.whole)
  }

  /// Whatever the name: with at least a name of the stream's domain there is no refusal, and what stands for nobody is no
  /// user's.
  @Test("Any localpart is answered", arguments: 0..<4 as Range<UInt64>)
  func anyLocalpart(_ block: UInt64) {
    var random = SeededGenerator(seed: 4000 + block)
    var nobodies = 0
    for _ in 0..<400 {
      let local = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        let byte = UInt8.random(in: 1...255, using: &random)
        return byte == UInt8(ascii: "@") ? UInt8(ascii: "a") : byte
      }
      let domain = Bool.random(using: &random) && !local.contains(UInt8(ascii: "/"))
      let name = local + Array((domain ? "@a.example" : "").utf8)
      var stage = Stage(.plain, NobodyPlays.concealing)
      stage.send(Array((Cast.header() + Cast.auth("PLAIN", [0] + name + [0])).utf8))
      let (action, marked) = (stage.action, stage.marked)
      #expect(action == .identified || action == .nobody, "\(name)")
      let isCanonical = CanonicalJID.isCanonical(marked.span, profile: .nodeprep)
      #expect(isCanonical == (action == .identified), "\(name)")
      if action == .nobody { nobodies += 1 }
    }
    #expect(nobodies > 100)
  }
}

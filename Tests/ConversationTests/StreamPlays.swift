import Conversation
import Shared
import Testing

/// The stream itself: who it is for, TLS, the name on the header, the end. Long, because it is a table: one play
/// stands beside its rule, and nothing else is here.
enum StreamPlays {
  static let early = Setup(domains: [Cast.domain], early: true)
  static let two = Setup(domains: [Cast.domain, Cast.other])
  static let any = Setup(domains: [])
  static let named = Cast.header(from: "alice@a.example")

  /// RFC 6120 section 4.9.3.19: no redirect before TLS.
  static let security: [Play] = [
    Play(
      "STARTTLS, then the name on the new header", over: .starttls,
      .client(Cast.header()),
      .edge(Cast.tlsOffered),
      .client(Cast.startTLS),
      .edge(Cast.proceed), .tls,
      .client(named),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "a name before TLS is not taken", over: .starttls,
      .client(named),
      .edge(Cast.tlsOffered),
      .client(Cast.startTLS),
      .edge(Cast.proceed), .tls,
      .client(Cast.header()),
      .edge(Cast.loginOffered), .waits),
    Play(
      "not even a wrong one is looked at", over: .starttls,
      .client(Cast.header(from: "alice@elsewhere.example")),
      .edge(Cast.tlsOffered), .waits),
    Play(
      "redirect.early: a name before TLS is taken", over: .starttls, setup: early,
      .client(named),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "redirect.early: without a name, TLS is required as ever", over: .starttls, setup: early,
      .client(Cast.header()),
      .edge(Cast.tlsOffered),
      .client(Cast.startTLS),
      .edge(Cast.proceed), .tls,
      .client(named), .identified("alice@a.example")),
    Play(
      "Monal: header and <starttls/> in one flight", over: .starttls,
      .client(Cast.header() + Cast.startTLS),
      .edge(Cast.tlsOffered + Cast.proceed), .tls,
      .client(named),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "signs of life between header and <starttls/>", over: .starttls,
      .client(Cast.header()),
      .edge(Cast.tlsOffered),
      .client(" \n \t\r\n"), .waits,
      .client("\n" + Cast.startTLS),
      .edge(Cast.proceed), .tls,
      .client(named), .identified("alice@a.example")),
    Play(
      "a login before TLS", over: .starttls,
      .client(Cast.header()),
      .edge(Cast.tlsOffered),
      .client(Cast.auth("PLAIN", "\0alice\0secret")),
      .edge(Cast.error("policy-violation")), .closes),
    Play(
      "a stanza before TLS", over: .starttls,
      .client(Cast.header()),
      .edge(Cast.tlsOffered),
      .client("<presence/>"),
      .edge(Cast.error("policy-violation")), .closes),
    Play(
      "<starttls/> where there is none", over: .tls,
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.startTLS),
      .edge("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"), .closes),
    Play(
      "direct TLS, the name on the header", over: .tls,
      .client(named),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "slixmpp: a ClientHello on the STARTTLS port", over: .starttls,
      .client([0x16, 0x03]), .directTLS,
      .client(named),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "something that only begins like a ClientHello", over: .starttls,
      .client([0x16, 0x04]),
      .edge(Cast.ours() + Cast.error("not-well-formed")), .closes),
    Play(
      "a ClientHello inside TLS", over: .tls,
      .client([0x16, 0x03]),
      .edge(Cast.ours() + Cast.error("not-well-formed")), .closes),
    Play(
      "a ClientHello within a stream", over: .starttls,
      .client(Cast.header()),
      .edge(Cast.tlsOffered),
      .client([0x16, 0x03]),
      .edge(Cast.error("bad-format")), .closes),
  ]

  static let addressing: [Play] = [
    Play(
      "a domain that is not served",
      .client(Cast.header(to: "elsewhere.example")),
      .edge(Cast.ours() + Cast.error("host-unknown")), .closes),
    Play(
      "no domain at all, and one is served",
      .client(Cast.header(to: nil)),
      .edge(Cast.loginOffered), .waits),
    Play(
      "no domain at all, and two are served", setup: two,
      .client(Cast.header(to: nil)),
      .edge(Cast.ours() + Cast.error("improper-addressing")), .closes),
    Play(
      "the second domain", setup: two,
      .client(Cast.header(to: "b.example", from: "alice@b.example/phone")),
      .identified("alice@b.example"), .answer,
      .edge(Cast.ours(from: "b.example") + Cast.sent), .closes),
    Play(
      "the domain written otherwise",
      .client(Cast.header(to: "A.Example.", from: "ALICE@A.EXAMPLE")),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "any domain is served", setup: any,
      .client(Cast.header(to: "New.Example", from: "alice@new.example")),
      .identified("alice@new.example"), .answer,
      .edge(Cast.ours(from: "new.example") + Cast.sent), .closes),
    Play(
      "any domain is served, but it must be one", setup: any,
      .client(Cast.header(to: "a..b")),
      .edge(Cast.ours(from: nil) + Cast.error("improper-addressing")), .closes),
    Play(
      "any domain is served, and none is named", setup: any,
      .client(Cast.header(to: nil)),
      .edge(Cast.ours(from: nil) + Cast.error("improper-addressing")), .closes),
    Play(
      "a name of another domain than the stream's", setup: two,
      .client(Cast.header(from: "alice@b.example")),
      .edge(Cast.ours() + Cast.error("invalid-from")), .closes),
    Play(
      "a name that is none",
      .client(Cast.header(from: "@a.example")),
      .edge(Cast.ours() + Cast.error("invalid-from")), .closes),
    Play(
      "Net::XMPP: `from` is the machine's name, which is no name",
      .client(Cast.header(from: "host17.lan")),
      .edge(Cast.loginOffered), .waits),
    Play(
      "an at-sign in the resource makes no localpart",
      .client(Cast.header(from: "a.example/me@home")),
      .edge(Cast.loginOffered), .waits),
    Play(
      "letters that are not ASCII",
      .client(Cast.header(from: "\u{C4}rger&#xDF;@a.example")),
      .identified("\u{E4}rgerss@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
    Play(
      "references and other quotes in the name",
      .client(
        "<stream:stream xmlns=\"jabber:client\" to=\"a.example\" from=\"&#97;li&#x63;e@a.example\""
          + " version=\"1.0\" xmlns:stream=\"http://etherx.jabber.org/streams\">"),
      .identified("alice@a.example")),
  ]

  /// RFC 6120 section 4.8 and 4.7.5.
  static let form: [Play] = [
    Play(
      "any prefix for the stream, no XML declaration",
      .client(
        "<s:stream to='a.example' version='1.0' xmlns='jabber:client'"
          + " xmlns:s='http://etherx.jabber.org/streams'>"),
      .edge(Cast.loginOffered),
      .client("</s:stream>"),
      .edge(Cast.end), .closes),
    Play(
      "a prefix for SASL",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(
        "<x:auth mechanism='PLAIN' xmlns:x='urn:ietf:params:xml:ns:xmpp-sasl'>"
          + Cast.base64("\0alice\0x") + "</x:auth>"),
      .identified("alice@a.example")),
    Play(
      "another content namespace",
      .client(
        "<stream:stream to='a.example' version='1.0' xmlns='jabber:server'"
          + " xmlns:stream='http://etherx.jabber.org/streams'>"),
      .edge(Cast.ours() + Cast.error("invalid-namespace")), .closes),
    Play(
      "another stream namespace",
      .client("<stream:stream to='a.example' xmlns='jabber:client' xmlns:stream='urn:x'>"),
      .edge(Cast.ours() + Cast.error("invalid-namespace")), .closes),
    Play(
      "the stream without a prefix",
      .client("<stream to='a.example' xmlns='http://etherx.jabber.org/streams'>"),
      .edge(Cast.ours() + Cast.error("bad-namespace-prefix")), .closes),
    Play(
      "another element",
      .client("<html>"),
      .edge(Cast.ours() + Cast.error("bad-format")), .closes),
    Play(
      "a stream that ends as it begins",
      .client("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>"),
      .edge(Cast.ours() + Cast.error("bad-format")), .closes),
    Play(
      "a client before version 1.0 gets no features",
      .client(Cast.header(version: nil)),
      .edge(Cast.ours(version: nil)), .waits),
    Play(
      "the same with a number",
      .client(Cast.header(version: "0.9")),
      .edge(Cast.ours(version: nil)), .waits),
    Play(
      "it cannot do STARTTLS", over: .starttls,
      .client(Cast.header(version: nil)),
      .edge(Cast.ours(version: nil) + Cast.error("unsupported-version")), .closes),
    Play(
      "a later version",
      .client(Cast.header(version: "12.34")),
      .edge(Cast.loginOffered), .waits),
    Play(
      "a version that is no number",
      .client(Cast.header(version: "one")),
      .edge(Cast.ours() + Cast.error("unsupported-version")), .closes),
    Play(
      "HTTP",
      .client("GET / HTTP/1.1\r\n\r\n"),
      .edge(Cast.ours() + Cast.error("not-well-formed")), .closes),
  ]
}

import Conversation
import Shared

/// How streams end.
extension StreamPlays {
  static let ends: [Play] = [
    Play(
      "the client has enough",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.end),
      .edge(Cast.end), .closes),
    Play(
      "header and end in one flight, before TLS", over: .starttls,
      .client(Cast.header() + Cast.end),
      .edge(Cast.tlsOffered + Cast.end), .closes),
    Play(
      "the client's own stream error",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client(Cast.error("reset")),
      .edge(Cast.end), .closes),
    Play(
      "an end that does not fit the beginning",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client("</stream:flow>"),
      .edge(Cast.error("not-well-formed")), .closes),
    Play(
      "time is up before a header; who the client wants is not known",
      .fail(.connectionTimeout),
      .edge(Cast.ours(from: nil) + Cast.error("connection-timeout")), .closes),
    Play(
      "time is up within a header",
      .client("<stream:stream to='a.exa"), .waits,
      .fail(.connectionTimeout),
      .edge(Cast.ours() + Cast.error("connection-timeout")), .closes),
    Play(
      "time is up within a login",
      .client(Cast.header()),
      .edge(Cast.loginOffered),
      .client("<auth"), .waits,
      .fail(.connectionTimeout),
      .edge(Cast.error("connection-timeout")), .closes),
    Play(
      "no node for a name on the header",
      .client(named), .identified("alice@a.example"),
      .fail(.remoteConnectionFailed),
      .edge(Cast.ours() + Cast.error("remote-connection-failed")), .closes),
    Play(
      "the edge leaves while a node is looked for",
      .client(Cast.header() + Cast.auth("PLAIN", "\0alice\0x")),
      .identified("alice@a.example"),
      .fail(.systemShutdown),
      .edge(Cast.loginOffered + Cast.error("system-shutdown")), .closes),
    Play(
      "nothing is said after the end",
      .client(Cast.header() + Cast.end),
      .edge(Cast.loginOffered + Cast.end),
      .fail(.systemShutdown), .edge("")),
    Play(
      "IPv6 and what XML would mind in a target",
      .client(named), .identified("alice@a.example"),
      .redirect("[2001:41D0:1:A49b::1]:9222"),
      .edge(Cast.ours() + Cast.redirected("[2001:41D0:1:A49b::1]:9222"))),
    Play(
      "more after the name is not read",
      .client(named + "<!-- not even looked at"),
      .identified("alice@a.example"), .answer,
      .edge(Cast.ours() + Cast.sent), .closes),
  ]
}

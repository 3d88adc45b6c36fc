/// Bounds of the protocol between edges; `docs/peer-protocol.md` states each.
///
/// Times are milliseconds.
public enum PeerLimits {
  /// The version of the protocol that this code speaks.
  public static let version: UInt64 = 1
  /// Bytes of a line with its end: the longest JID (2047), a digest, numbers, and room for 25 of the longest names of
  /// nodes.
  public static let line = 4096
  /// Bytes of the longest JID: RFC 7622 section 3.1 gives local part and domain 1023 each, and the `@`.
  static let user = 2047
  /// Bytes of the longest name of a node, as in `redirect.to`.
  static let node = 64
  /// Bytes of the longest name of a fault, or of a reason.
  static let name = 32

  /// From the first byte of a connection (with TLS: of its inside) to the end of hello and proof: a slow handshake over
  /// continents, twice.
  public static let greeting: Int64 = 5_000
  /// How long a client hears nothing before it asks whether anybody is there.
  public static let quiet: Int64 = 10_000
  /// How long an answer may take, to a query or to a ping, before the connection is given up. A query is long
  /// forgotten by then; its number must stay open, so that the late answer is not taken for a lie.
  public static let answer: Int64 = 5_000
  /// How long a server hears nothing before it gives the connection up: a client that keeps its times has pinged twice.
  public static let idle: Int64 = 30_000

  /// Queries of one connection without an answer, those included that the client no longer waits for.
  public static let open = 1024
  /// Lines a second that a server takes from one connection, and so many more at once: far above what one edge asks
  /// (`redirect.peers.rate`), below what would keep a server's thread busy.
  public static let lines = 50_000
  /// Clients a second of which one side tells another, and so many more at once: more than a machine can redirect by TLS
  /// for long, and 200 KB. What is beyond is neither told nor heard.
  public static let notices = 5_000
  /// Changes of the map a minute that a client believes: more is a peer that wants its caches emptied.
  public static let maps = 30
}

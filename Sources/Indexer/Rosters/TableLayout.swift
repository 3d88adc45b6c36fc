import Shared

/// Which columns of a table dump hold what, found by the names in its header line.
struct TableLayout: Sendable, Equatable {
  let format: RosterFormat
  /// Number of columns; every row must have as many.
  let width: Int
  /// The owner's localpart.
  let user: Int
  /// The owner's domain; nil where the table does not tell.
  let domain: Int?
  /// The contact.
  let contact: Int
  /// The subscription, or for Prosody the value that holds it.
  let subscription: Int
  /// Prosody keeps everything in one table; this column tells rosters from the rest.
  let store: Int?

  /// Column names of the table of each format, as far as they are read, in the order
  /// user, domain, contact, subscription, store.
  private static func columns(_ format: RosterFormat) -> [String?]? {
    switch format {
    // sql/pg.new.sql of ejabberd; the old schema has no `server_host`.
    case .ejabberd: ["username", "server_host", "jid", "subscription", nil]
    // priv/pg.sql of MongooseIM since 5.0.
    case .mongooseim: ["username", "server", "jid", "subscription", nil]
    // openfire_postgresql.sql.
    case .openfire: ["username", nil, "jid", "sub", nil]
    // mod_storage_sql.lua.
    case .prosody: ["user", "host", "key", "value", "store"]
    case .tsv, .xep0227: nil
    }
  }

  /// The layout of a dump of `format`'s table, or the names of columns that it lacks.
  static func make(format: RosterFormat, header: [String]) -> Found {
    guard let wanted = columns(format) else { return .lacking([]) }
    var places: [Int?] = []
    var lacking: [String] = []
    for (index, name) in wanted.enumerated() {
      let place = name.flatMap { header.firstIndex(of: $0) }
      places.append(place)
      // Only ejabberd's old schema may leave out the domain.
      let isOptional = name == nil || (format == .ejabberd && index == 1)
      if place == nil, !isOptional, let name { lacking.append(name) }
    }
    guard lacking.isEmpty, let user = places[0], let contact = places[2], let value = places[3]
    else { return .lacking(lacking) }
    return .layout(
      TableLayout(
        format: format, width: header.count, user: user, domain: places[1], contact: contact,
        subscription: value, store: places[4]))
  }

  enum Found: Equatable {
    case layout(TableLayout)
    case lacking([String])
  }

  /// What the header tells about the table it belongs to.
  enum Guess: Equatable {
    case format(RosterFormat)
    /// A roster table, but of more than one server: `server` alone could be ejabberd's flag or
    /// MongooseIM's domain.
    case ambiguous
    case unknown
  }

  /// The format whose table has these columns.
  static func guess(header: [String]) -> Guess {
    let has = { (names: String...) in names.allSatisfy { header.contains($0) } }
    if has("host", "user", "store", "key", "value") { return .format(.prosody) }
    guard has("username", "jid") else { return .unknown }
    if has("sub") { return .format(.openfire) }
    guard has("subscription") else { return .unknown }
    if has("server_host") || !has("server") { return .format(.ejabberd) }
    // Both tables have `server`. Only ejabberd's has these two beside it...
    if header.contains("subscribe") || header.contains("type") { return .format(.ejabberd) }
    // ... and a whole row of MongooseIM's ends without them.
    if has("nick", "ask", "askmessage") { return .format(.mongooseim) }
    return .ambiguous
  }
}

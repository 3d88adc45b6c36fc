import Shared

/// Reads a dump of one of the servers' roster tables: a header line, then a row for each contact.
struct TableReader: RosterReader {
  private let file: String
  private let format: RosterFormat
  private let dialect: Dialect
  private var rows: RowReader
  private var layout: TableLayout?

  init(file: String, format: RosterFormat, dialect: Dialect) {
    self.file = file
    self.format = format
    self.dialect = dialect
    rows = RowReader(file: file, dialect: dialect)
  }

  mutating func read(_ chunk: Span<UInt8>, into collector: inout ContactCollector) throws(Complaint)
  {
    var rows = rows
    defer { self.rows = rows }
    try rows.read(chunk) { row throws(Complaint) in try take(row, into: &collector) }
  }

  mutating func finish(into collector: inout ContactCollector) throws(Complaint) {
    var rows = rows
    defer { self.rows = rows }
    try rows.finish { row throws(Complaint) in try take(row, into: &collector) }
  }

  private mutating func take(_ row: borrowing Row, into collector: inout ContactCollector)
    throws(Complaint)
  {
    guard let layout else {
      layout = try makeLayout(row, collector)
      return
    }
    guard row.count == layout.width else {
      throw complaint(row.line, "\(row.count) columns; the header has \(layout.width)")
    }
    let bytes = row.bytes.span
    let user = bytes.extracting(row.range(layout.user))
    if let store = layout.store {
      try takeProsody(
        store: bytes.extracting(row.range(store)), user: user, row, layout, into: &collector)
      return
    }
    let value = bytes.extracting(row.range(layout.subscription))
    guard let subscription = Self.subscription(value, format) else {
      throw complaint(
        row.line, "\(quoted(value)) for a subscription; expected \(Self.expected(format))")
    }
    setOwner(user, row, layout, into: &collector)
    add(bytes.extracting(row.range(layout.contact)), subscription, row.line, into: &collector)
  }

  /// A row of the table in which Prosody keeps everything.
  private func takeProsody(
    store: Span<UInt8>, user: Span<UInt8>, _ row: borrowing Row, _ layout: TableLayout,
    into collector: inout ContactCollector
  ) throws(Complaint) {
    let isRoster = store.hasSameBytes(as: "roster")
    // A host's own rows have no user. An account without a roster is a user, too.
    guard !user.isEmpty, isRoster || store.hasSameBytes(as: "accounts") else { return }
    setOwner(user, row, layout, into: &collector)
    let bytes = row.bytes.span
    let contact = bytes.extracting(row.range(layout.contact))
    // The row without a key holds the roster's version and requests that wait for an answer.
    guard isRoster, !contact.isEmpty else { return collector.addOwnerAlone() }
    let value = bytes.extracting(row.range(layout.subscription))
    guard let subscription = prosodySubscription(value) else {
      throw complaint(
        row.line, "\(quoted(value)) for a roster entry; expected a JSON object with a subscription")
    }
    add(contact, subscription, row.line, into: &collector)
  }

  /// JSON has backslashes of its own, which `mysql --batch` doubles and `sqlite3 -tabs` leaves alone.
  private func prosodySubscription(_ value: Span<UInt8>) -> Subscription? {
    if dialect == .tabs, let plain = Row.unescaped(value),
      let found = ProsodyValue.subscription(in: plain.span)
    {
      return found
    }
    return ProsodyValue.subscription(in: value)
  }

  private func add(
    _ contact: Span<UInt8>, _ subscription: Subscription, _ line: Int,
    into collector: inout ContactCollector
  ) {
    if dialect == .tabs, let plain = Row.unescaped(contact) {
      collector.add(contact: plain.span, subscription: subscription, line: line)
    } else {
      collector.add(contact: contact, subscription: subscription, line: line)
    }
  }

  private func setOwner(
    _ user: Span<UInt8>, _ row: borrowing Row, _ layout: TableLayout,
    into collector: inout ContactCollector
  ) {
    if dialect == .tabs, let plain = Row.unescaped(user) {
      return setPlainOwner(plain.span, row, layout, into: &collector)
    }
    setPlainOwner(user, row, layout, into: &collector)
  }

  private func setPlainOwner(
    _ user: Span<UInt8>, _ row: borrowing Row, _ layout: TableLayout,
    into collector: inout ContactCollector
  ) {
    if let domain = layout.domain {
      let bytes = row.bytes.span
      collector.setOwner(
        local: user, domain: bytes.extracting(row.range(domain)), line: row.line)
    } else {
      let domain = collector.defaultDomain
      collector.setOwner(local: user, domain: domain.span, line: row.line)
    }
  }

  private func makeLayout(_ row: borrowing Row, _ collector: borrowing ContactCollector)
    throws(Complaint) -> TableLayout
  {
    switch TableLayout.make(format: format, header: row.names) {
    case .lacking(let columns):
      throw complaint(
        row.line,
        "the header lacks \(columns.joined(separator: ", ")), which \(format.rawValue) rows need")
    case .layout(let layout):
      guard layout.domain != nil || !collector.defaultDomain.isEmpty else {
        throw complaint(
          row.line,
          "this table does not tell the users' domain; expected exactly one --domain to say it")
      }
      return layout
    }
  }

  private func complaint(_ line: Int, _ message: String) -> Complaint {
    Complaint(at: SourcePlace(file: file, line: line), message)
  }

  /// The subscription that a column's value stands for. Empty and NULL mean none.
  private static func subscription(_ value: Span<UInt8>, _ format: RosterFormat) -> Subscription? {
    if value.isEmpty || value.hasSameBytes(as: "\\N") || value.hasSameBytes(as: "NULL") {
      return Subscription.none
    }
    if format == .openfire {
      if value.hasSameBytes(as: "-1") { return .remove }
      guard value.count == 1 else { return nil }
      // org.jivesoftware.openfire.roster.RosterItem.SubType
      switch value[0] {
      case 0x30: return Subscription.none
      case 0x31: return .to
      case 0x32: return .from
      case 0x33: return .both
      default: return nil
      }
    }
    guard value.count == 1 else { return nil }
    // mod_roster_sql.erl (ejabberd), mod_roster_rdbms.erl (MongooseIM)
    switch value[0] {
    case 0x4E: return Subscription.none
    case 0x54: return .to
    case 0x46: return .from
    case 0x42: return .both
    case 0x52: return .remove
    default: return nil
    }
  }

  private static func expected(_ format: RosterFormat) -> String {
    format == .openfire ? "-1, 0, 1, 2 or 3" : "B, T, F or N"
  }
}

extension Row {
  /// The values as names of columns: lower case, because databases differ in that.
  var names: [String] {
    var names: [String] = []
    for column in 0..<count {
      let value = [UInt8](copying: bytes.span.extracting(range(column)))
      names.append(String(decoding: value, as: UTF8.self).lowercased())
    }
    return names
  }
}

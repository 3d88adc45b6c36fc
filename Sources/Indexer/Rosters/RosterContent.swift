import Shared

/// What the first bytes of an input tell about its form.
struct RosterContent: Equatable {
  let format: RosterFormat
  /// For tables: what separates the columns.
  let dialect: Dialect
  /// Bytes of a byte order mark that stand before the text.
  let markSize: Int

  /// Throws where neither the content nor `format` tells the form, or the content is clearly
  /// something else.
  init(file: String, head: Span<UInt8>, format wanted: RosterFormat?) throws(Complaint) {
    markSize = head.startsWith([0xEF, 0xBB, 0xBF]) ? 3 : 0
    let text = head.extracting(markSize..<head.count)
    let end = text.firstIndex(of: 0x0A) ?? text.count
    let line = text.extracting(0..<end)
    dialect = line.firstIndex(of: 0x09) == nil ? .csv : .tabs
    if let wanted {
      format = wanted
      return
    }
    if let other = Self.otherThing(text) {
      throw Complaint(place: file, message: other)
    }
    if Self.isXML(text) {
      format = .xep0227
      return
    }
    if markSize > 0, text.startsWith([0xEF, 0xBB, 0xBF]) {
      throw Complaint(
        place: file, message: "begins with two byte order marks; expected one or none")
    }
    if let lone = Self.loneReturn(text) {
      throw Complaint(
        at: SourcePlace(file: file, line: 1),
        "a line that begins \(quoted(line.extracting(0..<lone))) ends with CR alone; expected LF or CR LF"
      )
    }
    let header = Self.header(line, dialect)
    switch TableLayout.guess(header: header) {
    case .format(let found): format = found
    case .ambiguous:
      throw Complaint(
        at: SourcePlace(file: file, line: 1),
        """
        a roster table with a column "server" that may be ejabberd's flag or MongooseIM's domain; \
        expected --format ejabberd or --format mongooseim
        """)
    case .unknown:
      // A name may hold a comma, but a list that begins with commas and no tab is a foreign table.
      guard header.count == 1 || dialect == .tabs else {
        throw Complaint(
          at: SourcePlace(file: file, line: 1),
          """
          columns \(quoted(line)) are of no roster table that is known; expected user<TAB>contact, \
          XEP-0227, or the table of ejabberd, MongooseIM, Openfire or Prosody with its header line
          """)
      }
      guard line.isEmpty || Self.isList(line) else {
        throw Complaint(
          at: SourcePlace(file: file, line: 1),
          """
          \(quoted(line)) is no beginning of rosters; expected user<TAB>contact, XEP-0227, or the table of ejabberd, \
          MongooseIM, Openfire or Prosody with its header line (--format tsv for a list of names without domains)
          """)
      }
      format = .tsv
    }
  }

  /// Whether a first line may be one of a TSV: any text could be a list of names, so there has to be a tab or a domain, and no
  /// space where there is no tab.
  private static func isList(_ line: Span<UInt8>) -> Bool {
    line.firstIndex(of: 0x09) != nil
      || line.firstIndex(of: 0x40) != nil && line.firstIndex(of: 0x20) == nil
  }

  /// The first CR that ends a line without LF, if no line ends otherwise: as on very old systems.
  private static func loneReturn(_ text: Span<UInt8>) -> Int? {
    guard text.firstIndex(of: 0x0A) == nil, let found = text.firstIndex(of: 0x0D),
      found + 1 < text.count
    else { return nil }
    return found
  }

  /// XML in any encoding that expat reads.
  static func isXML(_ text: Span<UInt8>) -> Bool {
    if isWide(text) {
      return text.startsWith([0xFE, 0xFF, 0, 0x3C]) || text.startsWith([0xFF, 0xFE, 0x3C, 0])
    }
    var index = 0
    while index < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[index]) { index += 1 }
    return index < text.count && text[index] == 0x3C
  }

  /// Whether it begins with the byte order mark of UTF-16.
  private static func isWide(_ text: Span<UInt8>) -> Bool {
    text.startsWith([0xFE, 0xFF]) || text.startsWith([0xFF, 0xFE])
  }

  /// Things that are easily given by mistake.
  private static func otherThing(_ text: Span<UInt8>) -> String? {
    if text.startsWith([0x1F, 0x8B]) || text.startsWith([0x28, 0xB5, 0x2F, 0xFD])
      || text.startsWith([0xFD, 0x37, 0x7A, 0x58, 0x5A]) || text.startsWith([0x42, 0x5A, 0x68])
    {
      return "compressed; expected plain text (zcat FILE | rdadmin generate ... -)"
    }
    if isWide(text), !isXML(text) {
      return "begins with the byte order mark of UTF-16; expected UTF-8"
    }
    if text.startsWith(Array("SQLite format 3".utf8)) {
      return "an SQLite database; expected an export (sqlite3 -header -csv FILE 'SELECT ...')"
    }
    if text.startsWith(Array("# format:".utf8)) {
      return "a redirect.db, which is what generate writes; expected rosters"
    }
    return nil
  }

  /// The names in a header line; one empty name if it is none.
  private static func header(_ line: Span<UInt8>, _ dialect: Dialect) -> [String] {
    var names = [""]
    var rows = RowReader(file: "", dialect: dialect)
    do throws(Complaint) {
      try rows.read(line) { row throws(Complaint) in names = row.names }
      try rows.finish { row throws(Complaint) in names = row.names }
    } catch {
      return [""]
    }
    return names
  }
}

extension Span where Element == UInt8 {
  func startsWith(_ bytes: [UInt8]) -> Bool {
    count >= bytes.count && extracting(0..<bytes.count).hasSameBytes(as: bytes.span)
  }
}

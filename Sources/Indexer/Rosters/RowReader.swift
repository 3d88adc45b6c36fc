import Shared

/// How a table dump separates and protects its values.
enum Dialect: Sendable {
  /// RFC 4180: commas, `"quotes"` around values that need them, doubled quotes and line ends inside.
  /// What `psql --csv`, `COPY ... CSV` and `sqlite3 -csv` write.
  case csv
  /// Tabs, with `\t`, `\n`, `\\` and so on inside values: `mysql --batch`, `COPY` in text form.
  /// `sqlite3 -tabs` writes the same without escapes, so a row keeps what stands there, and who
  /// uses a value has to know (`Row.unescaped`).
  case tabs

  var separator: UInt8 { self == .csv ? 0x2C : 0x09 }
}

/// One row of a table dump: its values, cut out and without quotes.
struct Row {
  /// Line on which the row begins.
  var line = 1
  var bytes: [UInt8] = []
  /// Value `i` ends at `ends[i]`.
  var ends: [Int] = []

  var count: Int { ends.count }

  func range(_ column: Int) -> Range<Int> {
    (column == 0 ? 0 : ends[column - 1])..<ends[column]
  }

  /// A value without the escapes of MySQL and of PostgreSQL's text form; nil if it has none.
  ///
  /// Anything else keeps its backslash: JIDs escape with one too (`\40`, XEP-0106).
  static func unescaped(_ value: Span<UInt8>) -> [UInt8]? {
    guard value.firstIndex(of: 0x5C) != nil else { return nil }
    var result: [UInt8] = []
    var index = 0
    while index < value.count {
      if value[index] == 0x5C, index + 1 < value.count, let byte = escapes[value[index + 1]] {
        result.append(byte)
        index += 2
      } else {
        result.append(value[index])
        index += 1
      }
    }
    return result
  }

  /// What the byte after a backslash stands for: `n`, `t`, `r`, `0`, and the backslash itself.
  private static let escapes: [UInt8: UInt8] = [
    0x6E: 0x0A, 0x74: 0x09, 0x72: 0x0D, 0x30: 0, 0x5C: 0x5C,
  ]
}

/// Cuts a table dump into rows, whatever its chunks.
struct RowReader {
  private let file: String
  private let dialect: Dialect
  private var row = Row()
  private var line = 1
  private var state = State.valueStart

  private enum State {
    case valueStart
    /// Inside a value without quotes.
    case plain
    /// Inside quotes (CSV).
    case quoted
    /// After a quote inside quotes: the end of the value, or the first of two (CSV).
    case quoteInQuoted
    /// After a CR: part of the line's end, or a byte of the value.
    case carriageReturn
  }

  init(file: String, dialect: Dialect) {
    self.file = file
    self.dialect = dialect
  }

  mutating func read(_ chunk: Span<UInt8>, _ body: (borrowing Row) throws(Complaint) -> Void)
    throws(Complaint)
  {
    for index in chunk.indices {
      if try take(chunk[index]) { try deliver(body) }
    }
    guard row.bytes.count <= mostBytesAtOnce, row.count <= Self.mostColumns else {
      throw Complaint(
        at: SourcePlace(file: file, line: row.line),
        "a row of over \(mostBytesAtOnce) bytes or \(Self.mostColumns) columns; a missing quote?")
    }
  }

  mutating func finish(_ body: (borrowing Row) throws(Complaint) -> Void) throws(Complaint) {
    switch state {
    case .quoted:
      throw Complaint(
        at: SourcePlace(file: file, line: row.line),
        "the file ends inside a quoted value of the row that begins here")
    case .valueStart where row.count == 0: return
    case .valueStart, .plain, .quoteInQuoted, .carriageReturn: break
    }
    row.ends.append(row.bytes.count)
    try deliver(body)
  }

  /// More than any table of a chat server has; bounds what a file of separators can take.
  private static let mostColumns = 1 << 16

  /// One step; true when a row is complete.
  private mutating func take(_ byte: UInt8) throws(Complaint) -> Bool {
    switch state {
    case .valueStart:
      if dialect == .csv, byte == 0x22 {
        state = .quoted
        return false
      }
      state = .plain
      return takePlain(byte)
    case .plain:
      return takePlain(byte)
    case .quoted:
      if byte == 0x22 {
        state = .quoteInQuoted
      } else {
        if byte == 0x0A { line += 1 }
        row.bytes.append(byte)
      }
      return false
    case .quoteInQuoted:
      if byte == 0x22 {
        row.bytes.append(byte)
        state = .quoted
        return false
      }
      guard byte == dialect.separator || byte == 0x0A || byte == 0x0D else {
        throw Complaint(
          at: SourcePlace(file: file, line: line),
          "expected a comma or the end of the line after a closing quote (RFC 4180)")
      }
      state = .plain
      return takePlain(byte)
    case .carriageReturn:
      state = .plain
      if byte != 0x0A { row.bytes.append(0x0D) }
      return takePlain(byte)
    }
  }

  private mutating func takePlain(_ byte: UInt8) -> Bool {
    if byte == dialect.separator {
      row.ends.append(row.bytes.count)
      state = .valueStart
    } else if byte == 0x0A {
      row.ends.append(row.bytes.count)
      state = .valueStart
      return true
    } else if byte == 0x0D {
      state = .carriageReturn
    } else {
      row.bytes.append(byte)
    }
    return false
  }

  private mutating func deliver(_ body: (borrowing Row) throws(Complaint) -> Void)
    throws(Complaint)
  {
    // An empty line is no row.
    if row.count > 1 || !row.bytes.isEmpty { try body(row) }
    line += 1
    row.bytes.removeAll(keepingCapacity: true)
    row.ends.removeAll(keepingCapacity: true)
    row.line = line
  }
}

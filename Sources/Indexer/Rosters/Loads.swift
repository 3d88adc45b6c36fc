import Shared

/// What each user asks of his node: his expected sessions.
public struct Loads: Sendable, Equatable {
  /// For each user, in units, at least 1; all together below 2^31.
  public let units: [UInt32]
  /// How many units are one session.
  public let unitsOfSession: Double
  /// Users of whom nothing was said; each counts as one session.
  public let unnamed: Int
  /// Lines of names that are no users here.
  public let strangers: Int

  /// Sessions of which only so many thousandths are counted: a user of none still is somebody.
  fileprivate static let thousandths: UInt64 = 1000
  /// All units together, so that no sum of them overflows what vertices count with.
  fileprivate static let mostUnits: UInt64 = 1 << 31

  /// Loads in thousandths of a session, none of them 0, in the largest unit that counts them exactly (or, beyond 2^31 units,
  /// about).
  fileprivate init(thousandths: [UInt32], unnamed: Int, strangers: Int) {
    let divisor = max(1, thousandths.reduce(0, Self.greatestCommonDivisor))
    let total = thousandths.reduce(UInt64(0)) { $0 + UInt64($1) }
    self.unnamed = unnamed
    self.strangers = strangers
    guard total / UInt64(divisor) >= Self.mostUnits else {
      units = thousandths.map { $0 / divisor }
      unitsOfSession = Double(Self.thousandths) / Double(divisor)
      return
    }
    // What rounding up to 1 adds is at most their number.
    let room = Self.mostUnits - 1 - min(Self.mostUnits / 2, UInt64(thousandths.count))
    units = thousandths.map { load in
      UInt32(max(1, total.dividingFullWidth(room.multipliedFullWidth(by: UInt64(load))).quotient))
    }
    unitsOfSession = Double(Self.thousandths) * Double(room) / Double(total)
  }

  private static func greatestCommonDivisor(_ first: UInt32, _ second: UInt32) -> UInt32 {
    var (a, b) = (first, second)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}

/// Reads lines `user<TAB>expected sessions`, in any order; the sessions may have decimals, of which three count.
public struct LoadReader {
  private let users: UserNames
  private let profile: JIDProfile
  private var lines: LineReader
  private var thousandths: [UInt32]
  /// The line that named each user; 0: none yet.
  private var lineOf: [UInt32]
  private var strangers = 0
  /// Where the next name is looked for first: files mostly are in the order of their names.
  private var next = 0

  /// Of `users`, which are sorted by bytes; `file` is for complaints.
  public init(file: String, users: UserNames, profile: JIDProfile) {
    self.users = users
    self.profile = profile
    lines = LineReader(file: file)
    thousandths = [UInt32](repeating: UInt32(Loads.thousandths), count: users.count)
    lineOf = [UInt32](repeating: 0, count: users.count)
  }

  /// The next bytes of the file.
  public mutating func read(_ chunk: Span<UInt8>) throws(Complaint) {
    var lines = lines
    try lines.read(chunk) { (line, number) throws(Complaint) in try readLine(line, number) }
    self.lines = lines
  }

  /// The end of the file.
  public mutating func finish() throws(Complaint) -> Loads {
    var lines = lines
    try lines.finish { (line, number) throws(Complaint) in try readLine(line, number) }
    return Loads(
      thousandths: thousandths, unnamed: lineOf.count { $0 == 0 }, strangers: strangers)
  }

  private mutating func readLine(_ line: Span<UInt8>, _ number: Int) throws(Complaint) {
    if line.isEmpty { return }
    let place = SourcePlace(file: lines.file, line: number)
    var tab = 0
    while tab < line.count, line[tab] != UInt8(ascii: "\t") { tab += 1 }
    guard tab < line.count else {
      throw Complaint(at: place, "no tab; expected user<TAB>expected sessions")
    }
    guard let load = Self.thousandths(line.extracting((tab + 1)...)) else {
      throw Complaint(
        at: place, "not a number of sessions; expected 0 to \(Self.mostSessions), such as 2 or 0.25"
      )
    }
    let user: User
    do {
      user = try User(line.extracting(..<tab), profile: profile)
    } catch {
      throw Complaint(at: place, "not a user: \(error)")
    }
    guard let index = find(user.bytes) else {
      strangers += 1
      return
    }
    guard lineOf[index] == 0 else {
      throw Complaint(at: place, "\(user) stands in line \(lineOf[index]) already; expected once")
    }
    lineOf[index] = UInt32(clamping: number)
    thousandths[index] = max(1, load)
  }

  /// As many as thousandths of a session can count in 32 bits.
  private static let mostSessions = 4_000_000

  /// `12`, `0.5`, `.25`; nil for anything else.
  private static func thousandths(_ text: Span<UInt8>) -> UInt32? {
    var value = 0
    var digits = 0
    var decimals: Int?
    for place in text.indices {
      if text[place] == UInt8(ascii: "."), decimals == nil {
        decimals = 0
        continue
      }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[place]) else { return nil }
      digits += 1
      if let known = decimals {
        if known == 3 { continue }
        decimals = known + 1
      }
      value = value * 10 + Int(text[place] - UInt8(ascii: "0"))
      guard value <= mostSessions * Int(Loads.thousandths) else { return nil }
    }
    guard digits > 0 else { return nil }
    for _ in (decimals ?? 0)..<3 { value *= 10 }
    return value <= mostSessions * Int(Loads.thousandths) ? UInt32(value) : nil
  }

  private mutating func find(_ name: [UInt8]) -> Int? {
    if next < users.count, users[next].elementsEqual(name) {
      next += 1
      return next - 1
    }
    var (low, high) = (0, users.count)
    while low < high {
      let middle = low + (high - low) / 2
      if users[middle].lexicographicallyPrecedes(name) { low = middle + 1 } else { high = middle }
    }
    guard low < users.count, users[low].elementsEqual(name) else { return nil }
    next = low + 1
    return low
  }
}

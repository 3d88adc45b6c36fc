/// The header of a `redirect.db`: its lines `# key: value`, in their order, word for word.
///
/// A header that was parsed has a known `format` and a `partitions` of at least 1, and every key
/// that this program understands has a value of the right form. Other keys are kept as they are.
/// Source: docs/redirect-db-format.md.
public struct DatabaseHeader: Sendable, Equatable {
  /// One line `# key: value`.
  public struct Line: Sendable, Equatable {
    /// Lower-case letters, digits and `-`, starting with a letter.
    public let key: String
    /// Any text without control characters.
    public var value: String
  }

  /// The one format of `redirect.db` that this program reads and writes.
  public static let format: UInt32 = 1

  /// The most bytes a header may have: the list of primaries grows with the partitions, and a
  /// header is held in memory.
  public static let maximumBytes = 16 << 20

  /// The lines in order.
  public internal(set) var lines: [Line]

  /// A header that says nothing but its format.
  public init() {
    lines = [Line(key: "format", value: String(Self.format))]
  }

  /// The value of `key`; setting it replaces the line in its place, adds one at the end, or (nil)
  /// removes it.
  public subscript(key: String) -> String? {
    get { lines.first { $0.key == key }?.value }
    set {
      let place = lines.firstIndex { $0.key == key }
      guard let newValue else {
        if let place { lines.remove(at: place) }
        return
      }
      precondition(Self.isKey(key), "not a header key: \(key)")
      precondition(Self.isValue(newValue), "a control character in the value of \(key)")
      if let place {
        lines[place].value = newValue
      } else {
        lines.append(Line(key: key, value: newValue))
      }
    }
  }

  /// The lines as they stand in the file, each with its newline.
  public var text: String {
    var text = ""
    for line in lines {
      text += "# \(line.key): \(line.value)\n"
    }
    return text
  }

  static func isKey(_ key: some StringProtocol) -> Bool {
    guard let first = key.utf8.first, Self.isLowerLetter(first) else { return false }
    return key.utf8.allSatisfy {
      Self.isLowerLetter($0) || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
        || $0 == UInt8(ascii: "-")
    }
  }

  static func isValue(_ value: some StringProtocol) -> Bool {
    value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }

  private static func isLowerLetter(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
  }
}

extension DatabaseHeader {
  /// What compile, dump and the edge read; `generate` writes more.
  public var generation: UInt64 {
    get { self["generation"].flatMap { UInt64($0) } ?? 0 }
    set { self["generation"] = String(newValue) }
  }

  /// When it was generated, as RFC 3339 writes it in UTC: `2026-11-21T12:00:00Z`.
  public var created: String? {
    get { self["created"] }
    set { self["created"] = newValue }
  }

  /// The name preparation that made the users canonical; nodeprep if the header does not say.
  public var profile: JIDProfile {
    get { self["profile"].flatMap { JIDProfile(rawValue: $0) } ?? .nodeprep }
    set { self["profile"] = newValue.rawValue }
  }

  /// The set of files it belongs to, see `redirect.partitions`.
  public var set: String? {
    get { self["set"] }
    set { self["set"] = newValue }
  }

  /// The number of partitions; the lines name 1...partitions.
  public var partitions: Partition {
    get { self["partitions"].flatMap { Partition($0) } ?? 0 }
    set { self["partitions"] = String(newValue) }
  }

  /// The primary node of each partition, in the order of partitions; nil if the header does not
  /// say.
  public var primaries: [String]? {
    get {
      self["primaries"].map { value in
        value.split(separator: ",", omittingEmptySubsequences: false).map { part in
          String(part.drop { $0 == " " })
        }
      }
    }
    set { self["primaries"] = newValue.map { $0.joined(separator: ", ") } }
  }

  /// The number of lines that follow the header; nil if the header does not say.
  public var users: UInt64? {
    get { self["users"].flatMap { UInt64($0) } }
    set { self["users"] = newValue.map { String($0) } }
  }
}

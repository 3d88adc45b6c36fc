extension DatabaseHeader {
  /// Reads header lines, each `# key: value`, each ended by a newline. All that is wrong is named
  /// at once.
  public init(parsing text: String, file: String) throws(Complaints) {
    lines = []
    var complaints: [Complaint] = []
    var placeOfKey: [String: Int] = [:]
    var number = 0
    // By bytes: to Swift a carriage return with its newline, or a letter with its accent, is one
    // character.
    let newline = UInt8(ascii: "\n")
    for bytes in text.utf8.split(separator: newline, omittingEmptySubsequences: false).dropLast() {
      let line = Substring(bytes)
      number += 1
      let place = SourcePlace(file: file, line: number)
      guard let parsed = Self.parse(line) else {
        complaints.append(
          Complaint(
            place: place.description,
            message: "header line \(Excerpt(line)) is malformed; expected "
              + (line.utf8.last == UInt8(ascii: "\r")
                ? "LF alone at the ends of lines, not CR LF"
                : "`# key: value`, the key in lower-case letters, digits and -, no control characters")
          ))
        continue
      }
      if let earlier = placeOfKey.updateValue(number, forKey: parsed.key) {
        complaints.append(
          Complaint(
            place: place.description,
            message: "key `\(parsed.key)` stands in line \(earlier) already; expected once"))
      }
      if let expected = Self.expectation(of: parsed) {
        complaints.append(
          Complaint(
            place: place.description,
            message: "`\(parsed.key)` is `\(parsed.value)`; expected \(expected)"))
      }
      lines.append(parsed)
    }
    for key in ["format", "partitions"] where placeOfKey[key] == nil {
      complaints.append(
        Complaint(
          place: file,
          message: "header has no line `# \(key): ...`; expected it before the first user"))
    }
    if !complaints.isEmpty { throw Complaints(complaints) }
  }

  private static func parse(_ line: Substring) -> Line? {
    guard line.utf8.starts(with: "# ".utf8), isValue(line) else { return nil }
    let rest = line.utf8.dropFirst(2)
    guard let colon = rest.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let key = Substring(rest[..<colon])
    let value = rest[rest.index(after: colon)...]
    guard isKey(key), value.first == UInt8(ascii: " ") else { return nil }
    return Line(key: String(key), value: String(Substring(value.dropFirst())))
  }

  /// What the value should have been, nil if it is right or the key means nothing to us.
  private static func expectation(of line: Line) -> String? {
    switch line.key {
    case "format":
      return line.value == String(format) ? nil : "\(format), the only format this program reads"
    case "partitions":
      return isNumber(line.value, Partition.self) && line.value != "0"
        ? nil : "a number from 1 to \(Partition.max)"
    case "generation", "users":
      return isNumber(line.value, UInt64.self) ? nil : "a whole number"
    case "profile":
      return JIDProfile(rawValue: line.value) != nil
        ? nil : "one of " + JIDProfile.allCases.map(\.rawValue).joined(separator: ", ")
    case "set":
      return line.value.isEmpty ? "a name" : nil
    default:
      return nil
    }
  }

  /// Plain decimal digits, no sign, no leading zero, in range.
  private static func isNumber<N: FixedWidthInteger>(_ text: String, _: N.Type) -> Bool {
    guard let number = N(text) else { return false }
    return String(number) == text
  }
}

import Shared

/// Reads lines `user<TAB>contact[<TAB>weight]`; `user` alone is a user without contacts.
///
/// Without a weight a line is one direction, user to contact. Empty lines are skipped; there are no
/// comments, because `#` may begin a name.
struct TSVReader: RosterReader {
  private let file: String
  private var lines: LineReader
  /// A contact with the domain that its line leaves out.
  private var completed: [UInt8] = []
  private let plain = PlainLines()

  init(file: String) {
    self.file = file
    lines = LineReader(file: file)
  }

  mutating func read(_ chunk: Span<UInt8>, into collector: inout ContactCollector) throws(Complaint)
  {
    var lines = lines
    defer { self.lines = lines }
    var start = 0
    while start < chunk.count {
      if lines.isAtStart,
        let next = plain.take(chunk, from: start, line: lines.line, into: &collector)
      {
        start = next
        lines.line += 1
        continue
      }
      let end = chunk.firstIndex(of: 0x0A, from: start).map { $0 + 1 } ?? chunk.count
      try lines.read(chunk.extracting(start..<end)) { line, number throws(Complaint) in
        try take(line, number, into: &collector)
      }
      start = end
    }
  }

  mutating func finish(into collector: inout ContactCollector) throws(Complaint) {
    var lines = lines
    defer { self.lines = lines }
    try lines.finish { line, number throws(Complaint) in
      try take(line, number, into: &collector)
    }
  }

  private mutating func take(
    _ line: Span<UInt8>, _ number: Int, into collector: inout ContactCollector
  ) throws(Complaint) {
    if line.isEmpty { return }
    let userEnd = line.firstIndex(of: 0x09) ?? line.count
    let isShort = try setOwner(line.extracting(0..<userEnd), number, into: &collector)
    if userEnd + 1 >= line.count { return collector.addOwnerAlone() }

    let contactEnd = line.firstIndex(of: 0x09, from: userEnd + 1) ?? line.count
    let contact = line.extracting((userEnd + 1)..<contactEnd)
    guard !contact.isEmpty else { throw misshapen(number, "an empty contact") }
    completed.removeAll(keepingCapacity: true)
    completed.append(copying: contact)
    if isShort, contact.firstIndex(of: 0x40) == nil {
      completed.append(0x40)
      completed.append(contentsOf: collector.defaultDomain)
    }
    if contactEnd == line.count {
      collector.add(contact: completed.span, subscription: .from, line: number)
    } else {
      let weight = try weight(line.extracting((contactEnd + 1)..<line.count), number)
      collector.add(contact: completed.span, weight: weight, line: number)
    }
  }

  /// True if the user is written without a domain: then the line's contact may be, too.
  private func setOwner(
    _ user: Span<UInt8>, _ number: Int, into collector: inout ContactCollector
  ) throws(Complaint) -> Bool {
    guard !user.isEmpty else { throw misshapen(number, "an empty user") }
    let end = user.firstIndex(of: 0x2F) ?? user.count
    if let at = user.firstIndex(of: 0x40), at < end {
      collector.setOwner(
        local: user.extracting(0..<at), domain: user.extracting((at + 1)..<end), line: number)
      return false
    }
    let domain = collector.defaultDomain
    guard !domain.isEmpty else {
      throw Complaint(
        at: SourcePlace(file: file, line: number),
        "\(quoted(user)) has no domain; expected user@domain, or one --domain for all such names")
    }
    collector.setOwner(local: user.extracting(0..<end), domain: domain.span, line: number)
    return true
  }

  private func weight(_ text: Span<UInt8>, _ number: Int) throws(Complaint) -> UInt32 {
    var value: UInt64 = 0
    var isNumber = !text.isEmpty
    for index in text.indices where isNumber {
      let digit = text[index] &- 0x30
      // Stop at the first excess: the number may be as long as the line.
      isNumber = digit < 10 && value <= UInt64(UInt32.max)
      value = value &* 10 &+ UInt64(digit)
    }
    guard isNumber, value <= UInt64(UInt32.max) else {
      throw misshapen(number, "\(quoted(text)) for a weight")
    }
    return UInt32(value)
  }

  private func misshapen(_ number: Int, _ found: String) -> Complaint {
    Complaint(
      at: SourcePlace(file: file, line: number),
      "\(found); expected user<TAB>contact[<TAB>weight], weight 0 to \(UInt32.max)")
  }
}

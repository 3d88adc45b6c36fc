import Shared

/// Roster entries with a subscription: who, whom, which ways.
struct DirectedEntries: Sendable {
  private var owners: [UInt32] = []
  private var contacts: [UInt32] = []
  private var directions: [UInt8] = []

  mutating func append(owner: UInt32, contact: UInt32, directions ways: Directions) {
    owners.append(owner)
    contacts.append(contact)
    directions.append(ways.rawValue)
  }

  /// One tie for each pair: its weight is the number of ways that any of its entries tells of.
  consuming func ties(_ users: SortedNames) -> (ties: [Tie], remote: Int) {
    var pairs = Pairs<UInt8>(users: users, owners: owners, contacts: contacts) { index, swapped in
      let ways = Directions(rawValue: directions[index])
      return (swapped ? ways.reversed : ways).rawValue
    }
    pairs.sort()
    var ties: [Tie] = []
    ties.reserveCapacity(pairs.distinct)
    var ways: UInt8 = 0
    pairs.forEach { a, b, more, isLast in
      ways |= more
      guard isLast else { return }
      ties.append(Tie(a: a, b: b, weight: Directions(rawValue: ways).count))
      ways = 0
    }
    return (ties, pairs.remote)
  }
}

/// Entries with traffic: who, whom, how much, and the place for a complaint.
struct TrafficEntries: Sendable {
  private var owners: [UInt32] = []
  private var contacts: [UInt32] = []
  private var weights: [UInt32] = []
  /// Lines beyond 32 bits are shown as the last that fits; no such file has been seen.
  private var lines: [UInt32] = []
  /// Entries from `first` on come from `file`.
  private var files: [(first: Int, file: String)] = []

  mutating func append(owner: UInt32, contact: UInt32, weight: UInt32, file: String, line: Int) {
    if files.last?.file != file { files.append((weights.count, file)) }
    owners.append(owner)
    contacts.append(contact)
    weights.append(weight)
    lines.append(UInt32(clamping: line))
  }

  /// One tie for each pair, its weight the sum of the pair's traffic both ways.
  consuming func ties(_ users: SortedNames) throws(Complaint) -> (ties: [Tie], remote: Int) {
    precondition(weights.count <= Int(UInt32.max), "more than 2^32 weighted entries")
    var pairs = Pairs<UInt32>(users: users, owners: owners, contacts: contacts) { index, _ in
      UInt32(index)
    }
    pairs.sort()
    var ties: [Tie] = []
    ties.reserveCapacity(pairs.distinct)
    var sum: UInt32 = 0
    var overflow: Int?
    pairs.forEach { a, b, index, isLast in
      let (next, isTooMuch) = sum.addingReportingOverflow(weights[Int(index)])
      if isTooMuch { overflow = min(overflow ?? .max, Int(index)) }
      sum = next
      guard isLast else { return }
      ties.append(Tie(a: a, b: b, weight: sum))
      sum = 0
    }
    if let overflow {
      let file = files.last { $0.first <= overflow }?.file ?? ""
      throw Complaint(
        place: "\(file):\(lines[overflow])",
        message: "the weights of this pair add up to more than \(UInt32.max)")
    }
    return (ties, pairs.remote)
  }
}

extension Tie {
  /// Two sorted lists as one; where both have a pair, the second's weight counts.
  static func merged(_ ties: [Tie], replacedBy others: [Tie]) -> [Tie] {
    if others.isEmpty { return ties }
    if ties.isEmpty { return others }
    var result: [Tie] = []
    result.reserveCapacity(ties.count + others.count)
    var next = 0
    for tie in ties {
      while next < others.count, others[next].isBefore(tie) {
        result.append(others[next])
        next += 1
      }
      if next < others.count, !tie.isBefore(others[next]) { continue }
      result.append(tie)
    }
    result.append(contentsOf: others[next...])
    return result
  }

  private func isBefore(_ other: Tie) -> Bool { (a, b) < (other.a, other.b) }
}

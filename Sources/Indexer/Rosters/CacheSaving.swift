import Shared

/// What one input said, as it lies on the collector's tapes.
public struct RosterUnit {
  let directed: Range<Int>
  let traffic: Range<Int>
  let dropped: [Int]
  let malformed: String?

  /// Words of its entries.
  public var size: Int { directed.count + traffic.count }
}

/// Where the collector stands between two inputs.
public struct RosterPosition {
  fileprivate let directed: Int
  fileprivate let traffic: Int
  fileprivate let dropped: [Int]
}

/// A unit that is to be kept.
public struct SavedUnit {
  /// What it said.
  public let unit: RosterUnit
  let files: [CachedFile]
  let isPart: Bool
  let isRead: Bool

  /// - Parameters:
  ///   - files: The input and what it includes; at least one.
  ///   - isPart: Whether it is a part of an XEP-0227 document.
  ///   - isRead: Whether it was read by itself.
  public init(_ unit: RosterUnit, files: [CachedFile], isPart: Bool, isRead: Bool) {
    precondition(!files.isEmpty)
    self.unit = unit
    self.files = files
    self.isPart = isPart
    self.isRead = isRead
  }
}

extension ContactCollector {
  /// An input begins.
  public mutating func beginUnit() -> RosterPosition {
    rest()
    forgetMalformed()
    return RosterPosition(directed: directed.count, traffic: traffic.count, dropped: dropped)
  }

  /// The input that began at `position` has ended.
  public mutating func endUnit(_ position: RosterPosition) -> RosterUnit {
    rest()
    let counts = zip(dropped, position.dropped).map { $0 - $1 }
    return RosterUnit(
      directed: position.directed..<directed.count, traffic: position.traffic..<traffic.count,
      dropped: counts.contains { $0 > 0 } ? counts : [], malformed: firstMalformed)
  }

  /// The same for one that was replayed.
  public mutating func endUnit(_ position: RosterPosition, replayed: CacheVolume.Unit) -> RosterUnit
  {
    RosterUnit(
      directed: position.directed..<directed.count, traffic: position.traffic..<traffic.count,
      dropped: replayed.dropped, malformed: replayed.malformed)
  }

  /// Says that names were adopted of which perhaps not all are held by what was replayed.
  public mutating func noteForeignNames() { hasForeignNames = true }

  /// Writes a volume of `units`, in the order in which they were read, by calls of `write`.
  public borrowing func save(
    _ units: [SavedUnit], key: String, write: @escaping (Span<UInt64>) throws(Complaint) -> Void
  ) throws(Complaint) {
    var numbering = Numbering(count: names.count)
    try forEachWord(of: units, directed, \.directed, stride: 1) { entry, _ in
      numbering.add(entry.owner)
      numbering.add(entry.contact)
    }
    try forEachWord(of: units, traffic, \.traffic, stride: 2) { entry, _ in
      numbering.add(entry.owner)
      numbering.add(entry.contact)
    }
    var words = WordWriter(write)
    try words.append(CacheVolume.magic)
    try words.append(text: key)
    try words.append(UInt64(units.count))
    let offsets = names.offsets()
    let nameBytes = numbering.order.reduce(0) { $0 + 2 + names.arena.length(offsets[Int($1)]) }
    try words.append(UInt64(numbering.order.count))
    try words.append(UInt64((nameBytes + 7) / 8))
    try words.append(UInt64(units.reduce(0) { $0 + $1.unit.directed.count }))
    try words.append(UInt64(units.reduce(0) { $0 + $1.unit.traffic.count }))
    for unit in units { try unit.append(to: &words) }
    try appendNames(numbering.order, offsets, to: &words)
    let numbers = numbering.numbers
    try forEachWord(of: units, directed, \.directed, stride: 1) { entry, _ throws(Complaint) in
      try words.append(numbers.numbered(entry).word)
    }
    try forEachWord(of: units, traffic, \.traffic, stride: 2) { entry, more throws(Complaint) in
      try words.append(numbers.numbered(entry).word)
      try words.append(more)
    }
    try words.finish()
  }

  private borrowing func appendNames(
    _ order: [UInt32], _ offsets: borrowing Cells<Int>, to words: inout WordWriter
  ) throws(Complaint) {
    var bytes: [UInt8] = []
    for id in order {
      names.arena.withName(offsets[Int(id)]) { name in
        bytes.append(UInt8(truncatingIfNeeded: name.count))
        bytes.append(UInt8(truncatingIfNeeded: name.count >> 8))
        bytes.append(copying: name)
      }
      if bytes.count >= Self.nameBlock {
        try words.append(bytes.span.extracting(0..<Self.nameBlock))
        bytes.removeSubrange(0..<Self.nameBlock)
      }
    }
    try words.append(bytes.span)
  }

  /// A whole number of words.
  private static var nameBlock: Int { 64 << 10 }

  private borrowing func forEachWord(
    of units: [SavedUnit], _ tape: EntryTape, _ range: KeyPath<RosterUnit, Range<Int>>,
    stride: Int, _ body: (Entry, UInt64) throws(Complaint) -> Void
  ) throws(Complaint) {
    // The tape is read once from the first unit on; those that are not saved are passed over.
    var next = 0
    guard let first = units.first else { return }
    var done = first.unit[keyPath: range].lowerBound
    try tape.forEachPiece(from: done) { words throws(Complaint) in
      while next < units.count {
        let own = units[next].unit[keyPath: range]
        var at = max(own.lowerBound - done, 0)
        let end = min(own.upperBound - done, words.count)
        while at < end {
          try body(Entry(word: words[at]), stride == 2 ? words[at + 1] : 0)
          at += stride
        }
        if own.upperBound > done + words.count { break }
        next += 1
      }
      done += words.count
    }
  }
}

/// Numbers names anew, in the order in which they are first met.
private struct Numbering: ~Copyable {
  let numbers: Cells<UInt32>
  var order: [UInt32] = []

  init(count: Int) { numbers = Cells(count: count, repeating: .max) }

  mutating func add(_ id: UInt32) {
    guard numbers[Int(id)] == .max else { return }
    numbers[Int(id)] = UInt32(order.count)
    order.append(id)
  }
}

extension Cells where Value == UInt32 {
  fileprivate func numbered(_ entry: Entry) -> Entry {
    Entry(owner: self[Int(entry.owner)], contact: self[Int(entry.contact)], ways: entry.ways)
  }
}

extension SavedUnit {
  fileprivate func append(to words: inout WordWriter) throws(Complaint) {
    var flags: UInt64 = isPart ? CacheFlags.isPart : 0
    if isRead { flags |= CacheFlags.isRead }
    if !unit.dropped.isEmpty { flags |= CacheFlags.hasDropped }
    if unit.malformed != nil { flags |= CacheFlags.hasMalformed }
    try words.append(flags)
    try words.append(UInt64(files.count))
    for file in files {
      try words.append(text: file.path)
      for number in file.state { try words.append(number) }
    }
    for count in unit.dropped { try words.append(UInt64(count)) }
    if let malformed = unit.malformed { try words.append(text: malformed) }
    try words.append(UInt64(unit.directed.count))
    try words.append(UInt64(unit.traffic.count))
  }
}

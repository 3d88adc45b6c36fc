import Shared

/// What inputs said when they were last read, as it stands in a file of an input cache: many inputs in one, because a directory may
/// hold a million small ones.
///
/// All of it is words of 64 bits, little-endian: a magic, the key, five counts, the units, the names (a length of 16 bits before
/// each), the entries of all units, their entries with traffic, and a check. Entries name users by their place among the names.
public struct CacheVolume {
  /// What one input said.
  public struct Unit {
    /// The input's path, and those of the files that it includes, each with what tells whether it has changed.
    public let files: [CachedFile]
    /// Whether it is a part of an XEP-0227 document.
    public let isPart: Bool
    /// Whether it was read by itself; a part may have been included.
    public let isRead: Bool
    let dropped: [Int]
    let malformed: String?
    let directed: Range<Int>
    let traffic: Range<Int>

    /// Words of its entries.
    public var size: Int { directed.count + traffic.count }
  }

  /// The units, in the order in which they were read.
  public let units: [Unit]
  let source: any WordSource
  let names: Range<Int>
  let nameCount: Int

  static let magic: UInt64 = 0x3165_6863_6163_6472  // "rdcache1"
  /// No count in a volume is greater.
  private static let most = 1 << 40

  /// Why there is no volume in a file.
  public enum Fault: Error {
    /// It holds something else, or not all of it.
    case damaged
    /// It could not be read.
    case unreadable(Complaint)
  }

  /// Reads a volume's units, after checking all of its words; one that was written with another key has none.
  public init(_ source: any WordSource, key: String) throws(Fault) {
    do throws(WordCursor.Trouble) {
      guard source.count >= 8 else { throw .damaged }
      try Self.check(source)
      var words = WordCursor(source, from: 0, to: source.count - 1)
      guard try words.next() == Self.magic else { throw .damaged }
      let isOurs = try words.text() == key
      let unitCount = try words.number(source.count)
      nameCount = try words.number(source.count * 4)
      let nameWords = try words.number(source.count)
      let directedWords = try words.number(source.count)
      let trafficWords = try words.number(source.count)
      let tail = nameWords + directedWords + trafficWords + 1
      guard tail <= source.count else { throw .damaged }
      var place = Place(
        directed: source.count - 1 - trafficWords - directedWords,
        traffic: source.count - 1 - trafficWords)
      names = (source.count - tail)..<(source.count - tail + nameWords)
      var units: [Unit] = []
      if isOurs {
        units.reserveCapacity(unitCount)
        for _ in 0..<unitCount { units.append(try Self.unit(&words, &place)) }
        guard place.directed == source.count - 1 - trafficWords,
          place.traffic == source.count - 1, words.position == names.lowerBound
        else {
          throw .damaged
        }
      }
      self.units = units
      self.source = source
    } catch {
      switch error {
      case .damaged: throw .damaged
      case .unreadable(let complaint): throw .unreadable(complaint)
      }
    }
  }

  /// Where the next unit's entries begin.
  private struct Place {
    var directed: Int
    var traffic: Int
  }

  private static func unit(_ words: inout WordCursor, _ place: inout Place)
    throws(WordCursor.Trouble) -> Unit
  {
    let flags = try words.next()
    var files: [CachedFile] = []
    for _ in 0..<(try words.number(most)) {
      let path = try words.text()
      var state: [UInt64] = []
      for _ in 0..<CachedFile.stateSize { state.append(try words.next()) }
      files.append(CachedFile(path: path, state: state))
    }
    guard !files.isEmpty else { throw .damaged }
    var dropped: [Int] = []
    if flags & CacheFlags.hasDropped != 0 {
      for _ in DropReason.allCases { dropped.append(try words.number(most)) }
    }
    let malformed = flags & CacheFlags.hasMalformed != 0 ? try words.text() : nil
    let directed = try words.number(most)
    let traffic = try words.number(most)
    defer {
      place.directed += directed
      place.traffic += traffic
    }
    return Unit(
      files: files, isPart: flags & CacheFlags.isPart != 0,
      isRead: flags & CacheFlags.isRead != 0, dropped: dropped, malformed: malformed,
      directed: place.directed..<(place.directed + directed),
      traffic: place.traffic..<(place.traffic + traffic))
  }

  private static func check(_ source: any WordSource) throws(WordCursor.Trouble) {
    var words = WordCursor(source, from: 0, to: source.count)
    var check = WordCheck()
    for _ in 0..<(source.count - 1) { check.take(try words.next()) }
    guard try words.next() == check.value else { throw .damaged }
  }
}

/// A file that was read, and what tells whether it has changed since.
public struct CachedFile: Sendable, Equatable {
  /// The path under which it was opened.
  public let path: String
  /// Numbers of the operating system, `stateSize` of them.
  public let state: [UInt64]

  /// How many numbers tell whether a file has changed.
  public static let stateSize = 5

  /// A file and what tells whether it has changed.
  public init(path: String, state: [UInt64]) {
    precondition(state.count == Self.stateSize)
    self.path = path
    self.state = state
  }
}

/// What the first word of a unit says.
enum CacheFlags {
  static let isPart: UInt64 = 1
  static let isRead: UInt64 = 2
  static let hasDropped: UInt64 = 4
  static let hasMalformed: UInt64 = 8
}

/// The weights of a graph's ties, each in as few bytes as the greatest of them needs: 1, 2 or 4.
///
/// Rosters know weights of 1 and 2 only, and most weights of a coarser graph are small too: a graph of a hundred million ties is
/// a gigabyte smaller so. A greater weight makes all of them wider.
struct Weights: Sendable, Equatable, RandomAccessCollection {
  private enum Width { case one, two, four }

  private var width = Width.one
  // Two of these are empty.
  private var bytes: [UInt8] = []
  private var halves: [UInt16] = []
  private var words: [UInt32] = []

  /// None.
  init() {}

  /// Zeros, to be replaced.
  init(zeros count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  init(_ weights: some Sequence<UInt32>) {
    for weight in weights { append(weight) }
  }

  var startIndex: Int { 0 }

  var endIndex: Int {
    switch width {
    case .one: bytes.count
    case .two: halves.count
    case .four: words.count
    }
  }

  @inline(__always)
  subscript(place: Int) -> UInt32 {
    get {
      switch width {
      case .one: UInt32(bytes[place])
      case .two: UInt32(halves[place])
      case .four: words[place]
      }
    }
    set {
      if newValue > greatest { widen(to: newValue) }
      switch width {
      case .one: bytes[place] = UInt8(newValue)
      case .two: halves[place] = UInt16(newValue)
      case .four: words[place] = newValue
      }
    }
  }

  @inline(__always)
  mutating func append(_ weight: UInt32) {
    if weight > greatest { widen(to: weight) }
    switch width {
    case .one: bytes.append(UInt8(weight))
    case .two: halves.append(UInt16(weight))
    case .four: words.append(weight)
    }
  }

  mutating func append(contentsOf others: Weights) {
    if others.greatest > greatest { widen(to: others.greatest) }
    switch (width, others.width) {
    case (.one, .one): bytes += others.bytes
    case (.two, .two): halves += others.halves
    case (.four, .four): words += others.words
    default: for weight in others { append(weight) }
    }
  }

  /// Makes room for so many, as wide as they are now.
  mutating func reserveCapacity(_ count: Int) {
    switch width {
    case .one: bytes.reserveCapacity(count)
    case .two: halves.reserveCapacity(count)
    case .four: words.reserveCapacity(count)
    }
  }

  /// The greatest that the width holds.
  private var greatest: UInt32 {
    switch width {
    case .one: UInt32(UInt8.max)
    case .two: UInt32(UInt16.max)
    case .four: .max
    }
  }

  @inline(never)
  private mutating func widen(to weight: UInt32) {
    if weight <= UInt16.max {
      halves.reserveCapacity(bytes.capacity)
      for byte in bytes { halves.append(UInt16(byte)) }
      width = .two
    } else {
      words.reserveCapacity(Swift.max(bytes.capacity, halves.capacity))
      for byte in bytes { words.append(UInt32(byte)) }
      for half in halves { words.append(UInt32(half)) }
      halves = []
      width = .four
    }
    bytes = []
  }
}

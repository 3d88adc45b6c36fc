/// The weights of a graph's ties, each in as few bytes as the greatest of them needs: 1, 2 or 4.
///
/// Rosters know weights of 1 and 2 only, and most weights of a coarser graph are small too: a graph of a hundred million ties is
/// a gigabyte smaller so. A greater weight makes all of them wider.
@safe struct Weights: @unchecked Sendable, Equatable, RandomAccessCollection {
  /// Bytes of a weight.
  enum Width: Int { case one = 1, two = 2, four = 4 }

  private let room: Room
  private let start: UnsafeRawPointer
  let width: Width
  let count: Int

  /// Those that a room begins with.
  init(_ room: Room, _ width: Width, count: Int) {
    precondition(count * width.rawValue <= room.byteCount)
    self.room = room
    unsafe start = UnsafeRawPointer(room.start)
    self.width = width
    self.count = count
  }

  /// Copies of some, as many as there are.
  init(_ weights: some Collection<UInt32>, _ storage: Storage = .memory) {
    var builder = WeightsBuilder(most: weights.count, shelving: storage)
    for weight in weights { builder.append(weight) }
    self = builder.finish()
  }

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  @inline(__always)
  subscript(place: Int) -> UInt32 {
    precondition(UInt(bitPattern: place) < UInt(bitPattern: count))
    return switch width {
    case .one: UInt32(unsafe start.load(fromByteOffset: place, as: UInt8.self))
    case .two: UInt32(unsafe start.load(fromByteOffset: place * 2, as: UInt16.self))
    case .four: unsafe start.load(fromByteOffset: place * 4, as: UInt32.self)
    }
  }

  /// Some of them as they lie there, `width` bytes each.
  func withBytes(of places: Range<Int>, _ body: (RawSpan) -> Void) {
    precondition(places.lowerBound >= 0 && places.upperBound <= count)
    unsafe body(
      UnsafeRawBufferPointer(
        start: start + places.lowerBound * width.rawValue, count: places.count * width.rawValue
      ).bytes)
  }

  static func == (one: Weights, other: Weights) -> Bool { one.elementsEqual(other) }
}

extension Weights.Width {
  /// The greatest weight that it holds.
  var greatest: UInt32 {
    switch self {
    case .one: UInt32(UInt8.max)
    case .two: UInt32(UInt16.max)
    case .four: .max
    }
  }

  /// The least that holds a weight.
  init(holding weight: UInt32) {
    self = weight <= UInt8.max ? .one : weight <= UInt16.max ? .two : .four
  }
}

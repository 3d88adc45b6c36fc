/// Vertices, in memory or on a shelf.
@safe struct Neighbours: @unchecked Sendable, Equatable, RandomAccessCollection {
  private let room: Room
  private let cells: UnsafePointer<UInt32>
  let count: Int

  /// Those that a room begins with.
  init(_ room: Room, count: Int) {
    precondition(count * MemoryLayout<UInt32>.stride <= room.byteCount)
    self.room = room
    unsafe cells = UnsafePointer(room.start.bindMemory(to: UInt32.self, capacity: count))
    self.count = count
  }

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  @inline(__always)
  subscript(place: Int) -> UInt32 {
    precondition(UInt(bitPattern: place) < UInt(bitPattern: count))
    return unsafe cells[place]
  }

  /// Some of them as they lie there.
  func withBytes(of places: Range<Int>, _ body: (RawSpan) -> Void) {
    precondition(places.lowerBound >= 0 && places.upperBound <= count)
    unsafe body(
      UnsafeRawBufferPointer(
        UnsafeBufferPointer(start: cells + places.lowerBound, count: places.count)
      ).bytes)
  }

  static func == (one: Neighbours, other: Neighbours) -> Bool { one.elementsEqual(other) }
}

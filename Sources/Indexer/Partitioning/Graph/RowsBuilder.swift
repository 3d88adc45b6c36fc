/// The rows of a graph while they are made: one after the other, or in any order where it is known how many entries there will be.
struct RowsBuilder: ~Copyable {
  private var neighbours: CellsBuilder
  private var weights: WeightsBuilder
  /// Entries so far.
  private(set) var count = 0

  /// For about `most` entries, which is what decides where they lie.
  init(most: Int, _ storage: Storage) {
    neighbours = CellsBuilder(bytes: most * 4, shelf: storage.shelf(entries: most))
    weights = WeightsBuilder(most: most, shelving: storage)
  }

  /// Exactly `count` entries, in memory, each of which is to be set.
  init(unset count: Int) {
    neighbours = CellsBuilder(unset: count * 4)
    weights = WeightsBuilder(unset: count)
    self.count = count
  }

  @inline(__always)
  mutating func append(_ neighbour: UInt32, _ weight: UInt32) {
    neighbours.append(neighbour)
    weights.append(weight)
    count &+= 1
  }

  /// Appends the entries at some places of other rows.
  mutating func append(_ places: Range<Int>, of rows: Rows) {
    rows.neighbours.withBytes(of: places) { neighbours.append($0) }
    weights.append(places, of: rows.weights)
    count += places.count
  }

  /// Sets one of `unset` entries.
  @inline(__always)
  mutating func set(_ place: Int, _ neighbour: UInt32, _ weight: UInt32) {
    neighbours.set(neighbour, at: place)
    weights.set(weight, at: place)
  }

  consuming func finish() -> Rows { takeAll() }

  /// Everything; the builder is of no use then.
  mutating func takeAll() -> Rows {
    Rows(
      neighbours: Neighbours(neighbours.takeAll(), count: count), weights: weights.takeAll())
  }
}

/// Rows, whatever graph they are of.
struct Rows: Sendable {
  var neighbours: Neighbours
  var weights: Weights

  var count: Int { neighbours.count }

  /// None.
  static let none = RowsBuilder(most: 0, .memory).finish()
}

/// Weights while they are made; all become wider when one needs it.
struct WeightsBuilder: ~Copyable {
  private var cells: CellsBuilder
  private var width: Weights.Width
  private var count: Int
  private let most: Int
  private let storage: Storage

  init(most: Int, shelving storage: Storage) {
    self.init(most: most, storage, .one)
  }

  private init(most: Int, _ storage: Storage, _ width: Weights.Width) {
    cells = CellsBuilder(bytes: most * width.rawValue, shelf: storage.shelf(entries: most))
    self.width = width
    self.most = most
    self.storage = storage
    count = 0
  }

  /// Exactly `count` of them, in memory, each of which is to be set.
  init(unset count: Int) {
    cells = CellsBuilder(unset: count)
    width = .one
    most = count
    storage = .memory
    self.count = count
  }

  @inline(__always)
  mutating func append(_ weight: UInt32) {
    if weight > width.greatest { widen(to: Weights.Width(holding: weight)) }
    switch width {
    case .one: cells.append(UInt8(truncatingIfNeeded: weight))
    case .two: cells.append(UInt16(truncatingIfNeeded: weight))
    case .four: cells.append(weight)
    }
    count &+= 1
  }

  mutating func append(_ places: Range<Int>, of weights: Weights) {
    if weights.width.rawValue > width.rawValue { widen(to: weights.width) }
    guard weights.width == width else {
      for place in places { append(weights[place]) }
      return
    }
    weights.withBytes(of: places) { cells.append($0) }
    count += places.count
  }

  @inline(__always)
  mutating func set(_ weight: UInt32, at place: Int) {
    if weight > width.greatest { widen(to: Weights.Width(holding: weight)) }
    switch width {
    case .one: cells.set(UInt8(truncatingIfNeeded: weight), at: place)
    case .two: cells.set(UInt16(truncatingIfNeeded: weight), at: place)
    case .four: cells.set(weight, at: place)
    }
  }

  consuming func finish() -> Weights { takeAll() }

  mutating func takeAll() -> Weights { Weights(cells.takeAll(), width, count: count) }

  @inline(never)
  private mutating func widen(to width: Weights.Width) {
    var wider = WeightsBuilder(most: max(most, count), storage, width)
    for weight in Weights(cells.takeAll(), self.width, count: count) { wider.append(weight) }
    self = wider
  }
}

/// Numbers of a few bytes while they are made. Zeros where nothing was set.
@safe private struct CellsBuilder: ~Copyable {
  private var room: Room
  private var start: UnsafeMutableRawPointer
  /// Bytes in the room that are filled, and that there are.
  private var filled = 0
  private var capacity: Int
  private let shelf: (any Shelf)?

  /// Bytes that wait for a shelf.
  private static let load = 1 << 20

  init(bytes: Int, shelf: (any Shelf)?) {
    self.shelf = shelf
    capacity = shelf == nil ? max(bytes, 64) : Self.load
    room = Room(byteCount: capacity)
    unsafe start = room.start
  }

  init(unset bytes: Int) {
    self.init(bytes: bytes, shelf: nil)
    unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    filled = bytes
  }

  @inline(__always)
  mutating func append<Cell: FixedWidthInteger & BitwiseCopyable>(_ cell: Cell) {
    if capacity &- filled < MemoryLayout<Cell>.size { makeRoom() }
    unsafe start.storeBytes(of: cell, toByteOffset: filled, as: Cell.self)
    filled &+= MemoryLayout<Cell>.size
  }

  mutating func append(_ bytes: RawSpan) {
    if let shelf {
      empty(onto: shelf)
      return shelf.append(bytes)
    }
    while capacity - filled < bytes.byteCount { makeRoom() }
    unsafe bytes.withUnsafeBytes { bytes in
      guard let first = bytes.baseAddress else { return }
      unsafe (start + filled).copyMemory(from: first, byteCount: bytes.count)
    }
    filled += bytes.byteCount
  }

  @inline(__always)
  mutating func set<Cell: FixedWidthInteger & BitwiseCopyable>(_ cell: Cell, at place: Int) {
    precondition(place >= 0 && place < filled / MemoryLayout<Cell>.size)
    unsafe start.storeBytes(of: cell, toByteOffset: place * MemoryLayout<Cell>.size, as: Cell.self)
  }

  /// Everything; the builder is of no use then.
  mutating func takeAll() -> Room {
    guard let shelf else { return room }
    empty(onto: shelf)
    return shelf.finish()
  }

  @inline(never)
  private mutating func makeRoom() {
    if let shelf { return empty(onto: shelf) }
    let larger = Room(byteCount: capacity * 2)
    unsafe larger.start.copyMemory(from: start, byteCount: filled)
    room = larger
    unsafe start = larger.start
    capacity *= 2
  }

  private mutating func empty(onto shelf: any Shelf) {
    unsafe shelf.append(UnsafeRawBufferPointer(start: start, count: filled).bytes)
    filled = 0
  }
}

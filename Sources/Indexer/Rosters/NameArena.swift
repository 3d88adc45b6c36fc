/// Names that never move, in pieces of 64 MiB: growing copies nothing. Memory that is not used yet costs nothing, and pieces of
/// this size go back to the system when they go; smaller ones would stay with the allocator.
///
/// A name stands as a record: its number and that of its domain (UInt32 each), its length (UInt16), its bytes. Records are found by
/// their offset; those of one piece stand one behind the other, and no record reaches into the next piece.
@safe struct NameArena: ~Copyable, @unchecked Sendable {
  private var pieces: UnsafeMutablePointer<UnsafeMutableRawPointer>
  private var pieceCount = 0
  private var pieceCapacity = 64
  /// Where the next record goes, if there is room for it.
  private var end = 0

  private static let pieceBits = 26
  private static let pieceSize = 1 << pieceBits
  private static let head = 10
  /// Bytes behind the last record of a piece that may be read, though not meant: names are compared by eight bytes.
  private static let slack = 16

  private let advice: MemoryAdvice

  init(_ advice: MemoryAdvice) {
    self.advice = advice
    unsafe pieces = .allocate(capacity: pieceCapacity)
  }

  deinit {
    for piece in 0..<pieceCount { unsafe pieces[piece].deallocate() }
    unsafe pieces.deallocate()
  }

  /// A record and where it stands.
  struct Record {
    let offset: Int
    let domain: UInt32
    let length: Int
  }

  @inline(__always)
  private func place(_ offset: Int) -> UnsafeMutableRawPointer {
    assert(offset >= 0 && offset >> Self.pieceBits < pieceCount)
    return unsafe pieces[offset >> Self.pieceBits] + (offset & (Self.pieceSize - 1))
  }

  /// Fetches the beginning of the record into the cache; the value means nothing.
  @inline(__always)
  func touch(_ offset: Int) -> UInt32 { unsafe place(offset).loadUnaligned(as: UInt32.self) }

  @inline(__always)
  func number(_ offset: Int) -> UInt32 { unsafe place(offset).loadUnaligned(as: UInt32.self) }

  func domain(_ offset: Int) -> UInt32 {
    unsafe place(offset).loadUnaligned(fromByteOffset: 4, as: UInt32.self)
  }

  func length(_ offset: Int) -> Int {
    unsafe Int(place(offset).loadUnaligned(fromByteOffset: 8, as: UInt16.self))
  }

  func withName<Result>(_ offset: Int, _ body: (Span<UInt8>) -> Result) -> Result {
    let bytes = unsafe UnsafeRawBufferPointer(
      start: place(offset) + Self.head, count: length(offset))
    return unsafe body(bytes.assumingMemoryBound(to: UInt8.self).span)
  }

  /// Whether the record's name has the bytes of `name`, behind which at least eight more can be read.
  @inline(__always)
  func isName(_ offset: Int, _ name: UnsafeRawPointer, _ length: Int) -> Bool {
    let record = unsafe place(offset)
    guard unsafe Int(record.loadUnaligned(fromByteOffset: 8, as: UInt16.self)) == length else {
      return false
    }
    let known = unsafe record + Self.head
    var index = 0
    while index + 8 <= length {
      if unsafe known.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        != name.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      {
        return false
      }
      index += 8
    }
    if index == length { return true }
    let one = unsafe known.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    let two = unsafe name.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    return (one.littleEndian ^ two.littleEndian) << UInt64(64 - 8 * (length - index)) == 0
  }

  /// Bytes `depth..<depth + 8` of a name as one number that sorts like them; zeros behind its end.
  @inline(__always)
  func key(_ offset: Int, at depth: Int) -> UInt64 {
    let rest = length(offset) - depth
    if rest <= 0 { return 0 }
    let bytes = unsafe place(offset).loadUnaligned(
      fromByteOffset: Self.head + depth, as: UInt64.self)
    return rest >= 8 ? bytes.bigEndian : bytes.bigEndian & ~(UInt64.max >> UInt64(8 * rest))
  }

  /// Adds a record; its offset.
  mutating func append(_ name: UnsafeRawPointer, _ length: Int, number: UInt32, domain: UInt32)
    -> Int
  {
    let size = Self.head + length
    if pieceCount == 0 || (end & (Self.pieceSize - 1)) + size > Self.pieceSize
      || end >> Self.pieceBits == pieceCount
    {
      addPiece()
    }
    let offset = end
    let record = unsafe place(offset)
    unsafe record.storeBytes(of: number, as: UInt32.self)
    unsafe record.storeBytes(of: domain, toByteOffset: 4, as: UInt32.self)
    unsafe record.storeBytes(of: UInt16(length), toByteOffset: 8, as: UInt16.self)
    unsafe (record + Self.head).copyMemory(from: name, byteCount: length)
    end += size
    return offset
  }

  private mutating func addPiece() {
    if pieceCount > 0 {
      // Tells `forEach` that the rest of the piece is empty: no name has no bytes.
      let left = pieceCount << Self.pieceBits - end
      if left >= Self.head {
        unsafe place(end).storeBytes(of: 0, toByteOffset: 8, as: UInt16.self)
      }
    }
    if pieceCount == pieceCapacity {
      let wider = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(
        capacity: 2 * pieceCapacity)
      unsafe wider.initialize(from: pieces, count: pieceCount)
      unsafe pieces.deallocate()
      unsafe pieces = wider
      pieceCapacity *= 2
    }
    unsafe (pieces + pieceCount).initialize(
      to: advice.allocate(byteCount: Self.pieceSize + Self.slack))
    end = pieceCount << Self.pieceBits
    pieceCount += 1
  }

  /// All records in the order in which they came, which is that of their numbers.
  @inline(__always)
  func forEach(_ body: (Record) -> Void) {
    var offset = 0
    while offset < end {
      let left = Self.pieceSize - offset & (Self.pieceSize - 1)
      let length = left < Self.head ? 0 : length(offset)
      if length == 0 {
        offset += left
        continue
      }
      body(Record(offset: offset, domain: domain(offset), length: length))
      offset += Self.head + length
    }
  }
}

import Shared

/// Words that were written before and can be read from any place.
public protocol WordSource: AnyObject {
  /// Words in all.
  var count: Int { get }
  /// Reads `count` words from the word `start` on to the beginning of `words`, which has room for them.
  func read(at start: Int, count: Int, into words: inout [UInt64]) throws(Complaint)
}

/// Reads words one after the other, and texts made of them.
struct WordCursor {
  private let source: any WordSource
  private var block: [UInt64]
  private var at = 0
  private var blockStart = 0
  private var blockEnd = 0
  private let end: Int

  /// Words read at once: 256 KiB.
  private static let blockSize = 32 << 10

  /// Why words do not mean what they should.
  enum Trouble: Error {
    /// There are fewer words than were told, or they say what cannot be.
    case damaged
    case unreadable(Complaint)
  }

  init(_ source: any WordSource, from start: Int, to end: Int) {
    self.source = source
    self.end = end
    at = start
    block = [UInt64](repeating: 0, count: min(Self.blockSize, max(end - start, 1)))
  }

  var position: Int { at }
  var left: Int { end - at }
  var isAtEnd: Bool { at >= end }

  @inline(__always)
  mutating func next() throws(Trouble) -> UInt64 {
    if at >= blockEnd { try fill() }
    at += 1
    return block[at - 1 - blockStart]
  }

  /// A number that is to be at most `most`.
  mutating func number(_ most: Int) throws(Trouble) -> Int {
    let word = try next()
    guard word <= UInt64(most) else { throw .damaged }
    return Int(word)
  }

  /// Bytes in words, the first byte lowest.
  mutating func bytes(_ count: Int) throws(Trouble) -> [UInt8] {
    guard count <= (end - at) * 8 else { throw .damaged }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      let word = try next()
      for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// A text behind its length.
  mutating func text() throws(Trouble) -> String {
    let count = try number((end - at) * 8)
    return String(decoding: try bytes(count), as: UTF8.self)
  }

  private mutating func fill() throws(Trouble) {
    let count = min(block.count, end - at)
    guard count > 0 else { throw .damaged }
    do throws(Complaint) {
      try source.read(at: at, count: count, into: &block)
    } catch {
      throw .unreadable(error)
    }
    blockStart = at
    blockEnd = at + count
  }
}

/// Writes words, and texts made of them, and counts the check of all of them.
struct WordWriter {
  private var block: [UInt64] = []
  private var check = WordCheck()
  private let write: (Span<UInt64>) throws(Complaint) -> Void

  private static let blockSize = 32 << 10

  init(_ write: @escaping (Span<UInt64>) throws(Complaint) -> Void) { self.write = write }

  @inline(__always)
  mutating func append(_ word: UInt64) throws(Complaint) {
    block.append(word)
    check.take(word)
    if block.count == Self.blockSize { try flush() }
  }

  mutating func append(_ bytes: Span<UInt8>) throws(Complaint) {
    var start = 0
    while start < bytes.count {
      var word: UInt64 = 0
      for place in 0..<min(8, bytes.count - start) {
        word |= UInt64(bytes[start + place]) << UInt64(8 * place)
      }
      try append(word)
      start += 8
    }
  }

  mutating func append(text: String) throws(Complaint) {
    let bytes = Array(text.utf8)
    try append(UInt64(bytes.count))
    try append(bytes.span)
  }

  /// Appends the check, which ends the words.
  mutating func finish() throws(Complaint) {
    block.append(check.value)
    try flush()
  }

  private mutating func flush() throws(Complaint) {
    try write(block.span)
    block.removeAll(keepingCapacity: true)
  }
}

/// A sum that tells damaged words from good ones; no protection from people who mean harm.
struct WordCheck {
  private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  mutating func take(_ word: UInt64) {
    value = (value ^ word) &* 0xD6E8_FEB8_6659_FD93
    value ^= value >> 32
  }
}

import Shared

extension Span where Element == UInt8 {
  /// Position of the first `byte` at or after `start`.
  func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    var index = start
    while index < count {
      if self[index] == byte { return index }
      index += 1
    }
    return nil
  }

  @inline(__always)
  func hasSameBytes(as other: Span<UInt8>) -> Bool {
    count == other.count && begins(with: other)
  }

  /// Whether the first bytes are those of `other`, eight at a time.
  @inline(__always)
  func begins(with other: Span<UInt8>) -> Bool {
    let length = other.count
    guard length <= count else { return false }
    var index = 0
    while index + 8 <= length {
      // Both reach so far.
      let one = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
      let two = unsafe other.bytes.unsafeLoadUnaligned(
        fromUncheckedByteOffset: index, as: UInt64.self)
      if one != two { return false }
      index += 8
    }
    while index < length {
      if unsafe self[unchecked: index] != other[unchecked: index] { return false }
      index += 1
    }
    return true
  }

  func hasSameBytes(as text: String) -> Bool {
    let other = text.utf8
    guard count == other.count else { return false }
    for (index, byte) in other.enumerated() where self[index] != byte { return false }
    return true
  }
}

extension Array where Element == UInt8 {
  init(copying bytes: Span<UInt8>) {
    self = []
    append(copying: bytes)
  }

  /// One block copy: byte by byte it is the slowest step of reading a large file.
  mutating func append(copying bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}

/// Text for an error message: what does not print shows as escapes, and long names are cut.
func quoted(_ bytes: Span<UInt8>) -> String {
  // Longer than any real name, short enough for one line of a log.
  let most = 80
  let shown = [UInt8](copying: bytes.extracting(0..<Swift.min(bytes.count, most)))
  let text = Excerpt.shown(String(decoding: shown, as: UTF8.self))
  return "\"\(text)\(bytes.count > most ? "..." : "")\""
}

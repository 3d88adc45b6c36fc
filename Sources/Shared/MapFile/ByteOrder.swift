import Glibc

/// The order of users: by bytes, a shorter one before those that it begins.
enum ByteOrder {
  /// Negative, 0 or positive, as `a` stands before, is, or stands behind `b`.
  static func compare(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
    let common = min(a.count, b.count)
    if common > 0 {
      let order = unsafe a.withUnsafeBytes { a in
        unsafe b.withUnsafeBytes { b in
          unsafe memcmp(a.baseAddress.unsafelyUnwrapped, b.baseAddress.unsafelyUnwrapped, common)
        }
      }
      if order != 0 { return Int(order) }
    }
    return a.count - b.count
  }
}

extension [UInt8] {
  /// Becomes a copy of `bytes`, in the memory that it has.
  mutating func replace(with bytes: Span<UInt8>) {
    removeAll(keepingCapacity: true)
    append(copying: bytes)
  }

  /// Appends all of `bytes` at once.
  mutating func append(copying bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Moves the bytes of a range to the start, over what stands there.
  mutating func moveToFront(_ range: Range<Int>) {
    if range.isEmpty { return }
    unsafe withUnsafeMutableBytes { bytes in
      let base = unsafe bytes.baseAddress.unsafelyUnwrapped
      precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
      unsafe memmove(base, base + range.lowerBound, range.count)
    }
  }
}

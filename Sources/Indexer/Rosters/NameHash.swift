/// The keyed hash of names: NH (Black and others, UMAC, 1999) on words of 64 bits, folded to 64.
///
/// Rosters are foreign, and names chosen to collide would make every look-up slow. So the key is another one in each process,
/// from Swift's own keyed hash; with a key that nobody knows, two names collide no more often than by chance. Nothing that is
/// written depends on it.
@safe struct NameHash: ~Copyable, @unchecked Sendable {
  private let keys: Cells<UInt64>
  private let lowFold: UInt64
  private let highFold: UInt64

  init() {
    // A pair for each two words of the longest name.
    let count = NameBatch.longestName / 8 + 4
    keys = Cells(count: count, repeating: 0)
    for index in 0..<count { keys[index] = Self.random(index) }
    lowFold = Self.random(count) | 1
    highFold = Self.random(count + 1) | 1
  }

  private static func random(_ index: Int) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(index)
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }

  /// Of `length` bytes, with zeros up to the next multiple of 16 behind them.
  @inline(__always)
  func of(_ name: UnsafeRawPointer, _ length: Int) -> UInt64 {
    var low = UInt64(truncatingIfNeeded: length)
    var high: UInt64 = 0
    var word = 0
    while word * 8 < length {
      let first = unsafe name.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
      let second = unsafe name.loadUnaligned(fromByteOffset: word * 8 + 8, as: UInt64.self)
      let product = (first &+ keys[word]).multipliedFullWidth(by: second &+ keys[word + 1])
      let (sum, carry) = low.addingReportingOverflow(product.low)
      low = sum
      high = high &+ product.high &+ (carry ? 1 : 0)
      word += 2
    }
    // The upper bits of the products are good, the lower ones of each are not.
    let folded = (low ^ (low >> 32)) &* lowFold &+ (high ^ (high >> 32)) &* highFold
    return folded ^ (folded >> 29)
  }
}

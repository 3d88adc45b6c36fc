/// The keyed hash of names: NH (Black and others, UMAC, 1999) on words of 64 bits, folded to 64.
///
/// Rosters are foreign, and names chosen to collide would make every look-up slow. So the key is another one in each process,
/// from Swift's own keyed hash; with a key that nobody knows, two names collide no more often than by chance. Nothing that is
/// written depends on it.
struct NameHash {
  /// A number for each word of the longest name, and some more.
  private let keys = Self.ofProcess
  private let lowFold = Self.random(-1) | 1
  private let highFold = Self.random(-2) | 1

  /// The same for all tables of the process.
  private static let ofProcess = (0..<(NameBatch.longestName / 8 + 4)).map(random)

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
    let keys = keys.span
    precondition(length <= NameBatch.longestName)
    while word * 8 < length {
      let first = unsafe name.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
      let second = unsafe name.loadUnaligned(fromByteOffset: word * 8 + 8, as: UInt64.self)
      let product = unsafe (first &+ keys[unchecked: word]).multipliedFullWidth(
        by: second &+ keys[unchecked: word + 1])
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

/// Canonical names that wait to be looked up together.
struct NameBatch: Sendable {
  /// The names, one after the other.
  private(set) var bytes: [UInt8] = []
  private(set) var hashes: [UInt64] = []
  private var ends: [Int] = []

  /// Enough to keep the memory busy; their slots and names fit the first-level cache.
  static let size = 64

  var count: Int { ends.count }

  func range(_ place: Int) -> Range<Int> { (place == 0 ? 0 : ends[place - 1])..<ends[place] }

  /// Adds a name; its place in the batch.
  mutating func append(_ name: Span<UInt8>) -> UInt32 {
    bytes.append(copying: name)
    ends.append(bytes.count)
    hashes.append(Self.hash(name))
    return UInt32(count - 1)
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    hashes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  /// Swift's own keyed hash: rosters are foreign, and names chosen to collide would make every
  /// look-up slow. Ids do not depend on it.
  static func hash(_ name: Span<UInt8>) -> UInt64 {
    var hasher = Hasher()
    unsafe name.bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }
}

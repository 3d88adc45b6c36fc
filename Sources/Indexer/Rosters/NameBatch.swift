/// Canonical names that wait to be looked up together.
@safe struct NameBatch: ~Copyable, @unchecked Sendable {
  /// Enough to keep the memory busy; their slots and names fit the first-level cache.
  static let size = 64
  /// `local@domain`, each part of at most 1023 bytes (RFC 7622 section 3.1).
  static let longestName = 2 * 1023 + 1
  /// A name's place ends with so many zeros at least, so that it can be read by words.
  private static let stride = 16

  private(set) var count = 0
  private var end = 0
  private let bytes: UnsafeMutableRawPointer
  private let starts = Cells<Int>(count: size, repeating: 0)
  let lengths = Cells<Int>(count: size, repeating: 0)
  let domains = Cells<UInt32>(count: size, repeating: 0)
  let hashes = Cells<UInt64>(count: size, repeating: 0)
  let ids = Cells<UInt32>(count: size, repeating: 0)

  init() {
    unsafe bytes = .allocate(
      byteCount: Self.size * (Self.longestName + 2 * Self.stride), alignment: Self.stride)
  }

  deinit { unsafe bytes.deallocate() }

  var isFull: Bool { count == Self.size }

  @inline(__always)
  func name(_ place: Int) -> UnsafeRawPointer { unsafe UnsafeRawPointer(bytes + starts[place]) }

  /// Adds `local@domain`; its place in the batch.
  @inline(__always)
  mutating func append(
    local: Span<UInt8>, domain: Span<UInt8>, number: UInt32, _ hash: NameHash
  )
    -> UInt32
  {
    let length = local.count + 1 + domain.count
    precondition(length <= Self.longestName && count < Self.size)
    let start = unsafe bytes + end
    // The last words first: what follows covers all of them but the zeros.
    let last = unsafe start + (length & ~(Self.stride - 1))
    unsafe last.storeBytes(of: 0, as: UInt64.self)
    unsafe last.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
    unsafe local.withUnsafeBytes {
      unsafe start.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
    }
    unsafe start.storeBytes(of: 0x40, toByteOffset: local.count, as: UInt8.self)
    unsafe domain.withUnsafeBytes {
      unsafe (start + local.count + 1).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
    }
    starts[count] = end
    lengths[count] = length
    domains[count] = number
    hashes[count] = unsafe hash.of(UnsafeRawPointer(start), length)
    end += (length & ~(Self.stride - 1)) + Self.stride
    count += 1
    return UInt32(truncatingIfNeeded: count - 1)
  }

  /// The hash of a name that stands in an arena. The batch must be empty.
  func hash(of record: NameArena.Record, in arena: borrowing NameArena, _ hash: NameHash)
    -> UInt64
  {
    precondition(count == 0 && record.length <= Self.longestName)
    let last = unsafe bytes + (record.length & ~(Self.stride - 1))
    unsafe last.storeBytes(of: 0, as: UInt64.self)
    unsafe last.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
    arena.withName(record.offset) { name in
      unsafe name.withUnsafeBytes {
        unsafe bytes.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
      }
    }
    return unsafe hash.of(UnsafeRawPointer(bytes), record.length)
  }

  mutating func removeAll() {
    count = 0
    end = 0
  }
}

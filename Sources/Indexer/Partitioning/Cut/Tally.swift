/// Adds up the weights of a vertex's ties by kind (the cluster or partition they lead to), one vertex after the other.
///
/// A hash table with linear probing that stays in the first cache for all but hubs, and a plain table where there are few
/// kinds. Only what was touched is cleared.
@safe struct Tally: ~Copyable {
  private struct Slot {
    var kind: UInt32
    var weight: UInt32
  }

  /// A free slot has weight 0: no weight is.
  private var slots: UnsafeMutablePointer<Slot>
  /// The slots in use, in the order in which they were taken.
  private var touched: UnsafeMutablePointer<UInt32>
  /// Kinds that are to be added.
  private let fetch: UnsafeMutablePointer<UInt32>
  private var mask: UInt32
  /// Each kind has a slot of its own.
  private let isPlain: Bool
  /// Different kinds so far.
  private(set) var count = 0

  private static let fetched = 64
  /// The usual caches hold the kinds of so many vertices.
  private static let cached = 1 << 20
  private static let smallest = 1 << 9
  private static let largestPlain = 1 << 12

  /// For kinds from 0 to `kinds` - 1.
  init(kinds: Int) {
    isPlain = kinds <= Self.largestPlain
    var size = Self.smallest
    while isPlain && size < kinds { size *= 2 }
    mask = UInt32(size - 1)
    unsafe slots = .allocate(capacity: size)
    unsafe slots.initialize(repeating: Slot(kind: 0, weight: 0), count: size)
    unsafe touched = .allocate(capacity: size)
    unsafe fetch = .allocate(capacity: Self.fetched)
  }

  deinit {
    unsafe fetch.deallocate()
    unsafe slots.deallocate()
    unsafe touched.deallocate()
  }

  /// Adds a weight that is not 0.
  @inline(__always)
  mutating func add(_ weight: UInt32, to kind: UInt32) {
    var slot = kind & mask
    // Every slot that is reached is at most `mask`, and at least one is free or of this kind.
    while unsafe slots[Int(slot)].weight != 0 {
      if unsafe slots[Int(slot)].kind == kind {
        unsafe slots[Int(slot)].weight &+= weight
        return
      }
      slot = (slot &+ 1) & mask
    }
    unsafe slots[Int(slot)] = Slot(kind: kind, weight: weight)
    unsafe touched[count] = slot
    count &+= 1
    if !isPlain && count &* 2 > Int(mask) { grow() }
  }

  /// Adds the weights of a row's entries; `kinds` has the kind of each vertex.
  ///
  /// Where the kinds are in no cache, those of several neighbours are fetched before any is added: they are waited for together.
  @inline(__always)
  mutating func add(
    _ places: Range<Int>, _ neighbours: Neighbours, _ weights: Weights, kinds: Span<UInt32>
  ) {
    guard kinds.count > Self.cached else {
      for place in places { add(weights[place], to: kinds[Int(neighbours[place])]) }
      return
    }
    var start = places.lowerBound
    while start < places.upperBound {
      let count = min(Self.fetched, places.upperBound - start)
      for index in 0..<count {
        unsafe fetch[index] = kinds[Int(neighbours[start &+ index])]
      }
      for index in 0..<count { unsafe add(weights[start &+ index], to: fetch[index]) }
      start += count
    }
  }

  /// The weight of one kind.
  @inline(__always)
  subscript(kind: UInt32) -> UInt32 {
    var slot = kind & mask
    while unsafe slots[Int(slot)].weight != 0 {
      if unsafe slots[Int(slot)].kind == kind { return unsafe slots[Int(slot)].weight }
      if isPlain { return 0 }
      slot = (slot &+ 1) & mask
    }
    return 0
  }

  /// The kind that was seen as the `index`th, and its weight.
  @inline(__always)
  func kind(_ index: Int) -> (kind: UInt32, weight: UInt32) {
    assert(index < count)
    let slot = unsafe slots[Int(touched[index])]
    return (slot.kind, slot.weight)
  }

  @inline(__always)
  mutating func clear() {
    for index in 0..<count { unsafe slots[Int(touched[index])].weight = 0 }
    count = 0
  }

  @inline(never)
  private mutating func grow() {
    let size = 2 * (Int(mask) + 1)
    let old = unsafe slots
    let order = unsafe touched
    unsafe slots = .allocate(capacity: size)
    unsafe slots.initialize(repeating: Slot(kind: 0, weight: 0), count: size)
    unsafe touched = .allocate(capacity: size)
    mask = UInt32(size - 1)
    let kinds = count
    count = 0
    for index in 0..<kinds {
      let slot = unsafe old[Int(order[index])]
      add(slot.weight, to: slot.kind)
    }
    unsafe old.deallocate()
    unsafe order.deallocate()
  }
}

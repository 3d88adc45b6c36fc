/// Adds up the weights of a vertex's ties by kind (the cluster or partition they lead to), one vertex after the other.
///
/// A flat table of all kinds, cleared only where it was touched, beats hashing for every graph that fits into memory.
struct Tally {
  private var weights: [UInt32]
  private var touched: [UInt32]
  /// Different kinds so far.
  private(set) var count = 0

  /// For kinds from 0 to `kinds` - 1, of which one vertex touches `most`.
  init(kinds: Int, most: Int) {
    weights = [UInt32](repeating: 0, count: kinds)
    touched = [UInt32](repeating: 0, count: min(kinds, most))
  }

  /// Adds a weight that is not 0.
  @inline(__always)
  mutating func add(_ weight: UInt32, to kind: UInt32) {
    let before = weights[Int(kind)]
    if before == 0 {
      touched[count] = kind
      count += 1
    }
    weights[Int(kind)] = before + weight
  }

  /// The weight of one kind.
  @inline(__always)
  subscript(kind: UInt32) -> UInt32 { weights[Int(kind)] }

  /// The kind that was seen as the `index`th, and its weight.
  @inline(__always)
  func kind(_ index: Int) -> (kind: UInt32, weight: UInt32) {
    (touched[index], weights[Int(touched[index])])
  }

  @inline(__always)
  mutating func clear() {
    for index in 0..<count { weights[Int(touched[index])] = 0 }
    count = 0
  }
}

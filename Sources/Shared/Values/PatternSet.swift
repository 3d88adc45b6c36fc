/// A set of characters: what `[...]` and `\d` stand for.
struct PatternSet: Sendable, Equatable {
  /// Sorted, apart from each other.
  private let ranges: [ClosedRange<UInt32>]
  /// The ASCII ones once more, a bit each: nearly all that names have.
  private let ascii: (UInt64, UInt64)

  static let digits = PatternSet([range("0", "9")])
  static let word = PatternSet([range("0", "9"), range("A", "Z"), range("a", "z"), range("_", "_")])
  /// Tab to carriage return, and the space.
  static let space = PatternSet([9...13, 32...32])

  init(_ unsorted: [ClosedRange<UInt32>]) {
    var ranges: [ClosedRange<UInt32>] = []
    for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = ranges.last, range.lowerBound <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        ranges.append(range)
      }
    }
    self.ranges = ranges
    var ascii: (UInt64, UInt64) = (0, 0)
    for bit in UInt32(0)..<64 {
      if ranges.contains(where: { $0.contains(bit) }) { ascii.0 |= 1 << bit }
      if ranges.contains(where: { $0.contains(bit + 64) }) { ascii.1 |= 1 << bit }
    }
    self.ascii = ascii
  }

  /// Where it begins and where it has just ended, again and again.
  var bounds: [UInt32] { ranges.flatMap { [$0.lowerBound, $0.upperBound + 1] } }

  /// All characters that are not in it.
  var inverted: PatternSet {
    var rest: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { rest.append(next...(range.lowerBound - 1)) }
      next = range.upperBound + 1
    }
    if next <= PatternText.lastScalar { rest.append(next...PatternText.lastScalar) }
    return PatternSet(rest)
  }

  /// This and another.
  func union(_ other: PatternSet) -> PatternSet { PatternSet(ranges + other.ranges) }

  static func == (first: PatternSet, second: PatternSet) -> Bool { first.ranges == second.ranges }

  func contains(_ scalar: UInt32) -> Bool {
    if scalar < 64 { return ascii.0 >> scalar & 1 == 1 }
    if scalar < 128 { return ascii.1 >> (scalar - 64) & 1 == 1 }
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= scalar
  }

  private static func range(_ first: Unicode.Scalar, _ last: Unicode.Scalar) -> ClosedRange<UInt32>
  {
    first.value...last.value
  }
}

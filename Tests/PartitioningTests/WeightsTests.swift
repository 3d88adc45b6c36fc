import Testing

@testable import Partitioning

/// Weights in as few bytes as they need.
@Suite struct WeightsTests {
  static let sequences: [[UInt32]] = [
    [], [0], [1, 2, 255], [255, 256], [1, 65535, 2], [65536, 1], [1, 300, 70000, 3],
    [UInt32.max, 0, UInt32.max], [1, UInt32.max],
  ]

  @Test(arguments: sequences)
  func whatIsAppendedIsThere(_ values: [UInt32]) {
    #expect(Array(Weights(values)) == values)
    // Even if there are more than were expected.
    var builder = RowsBuilder(most: 0, .memory)
    for (place, value) in values.enumerated() { builder.append(UInt32(place), value) }
    let rows = builder.finish()
    #expect(
      Array(rows.weights) == values && Array(rows.neighbours) == Array(0..<UInt32(values.count)))
  }

  @Test(arguments: sequences)
  func whatIsSetIsThere(_ values: [UInt32]) {
    var builder = RowsBuilder(unset: values.count)
    for place in values.indices.reversed() { builder.set(place, UInt32(place), values[place]) }
    let rows = builder.finish()
    #expect(Array(rows.weights) == values && rows.count == values.count)
  }

  @Test(arguments: sequences, sequences)
  func oneBehindTheOther(_ first: [UInt32], _ second: [UInt32]) {
    func rows(_ values: [UInt32]) -> Rows {
      var builder = RowsBuilder(most: values.count, .memory)
      for value in values { builder.append(~value, value) }
      return builder.finish()
    }
    var builder = RowsBuilder(most: 1, .memory)
    let (one, other) = (rows(first), rows(second))
    builder.append(0..<one.count, of: one)
    builder.append(other.count / 2..<other.count, of: other)
    let both = builder.finish()
    let expected = first + second[(second.count / 2)...]
    #expect(Array(both.weights) == expected && Array(both.neighbours) == expected.map { ~$0 })
  }
}

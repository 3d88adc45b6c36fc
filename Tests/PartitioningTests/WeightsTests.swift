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
  }

  @Test(arguments: sequences)
  func whatIsSetIsThere(_ values: [UInt32]) {
    var weights = Weights(zeros: values.count)
    for place in values.indices.reversed() { weights[place] = values[place] }
    #expect(Array(weights) == values && weights.count == values.count)
  }

  @Test(arguments: sequences, sequences)
  func oneBehindTheOther(_ first: [UInt32], _ second: [UInt32]) {
    var weights = Weights(first)
    weights.append(contentsOf: Weights(second))
    #expect(Array(weights) == first + second)
  }
}

import Shared
import Testing

@Suite("WeightedOrder")
struct WeightedOrderTests {
  @Test(
    "one period of smooth weighted round-robin",
    arguments: [
      ([1], [0]),
      ([7], [0]),
      ([1, 1, 1], [0, 1, 2]),
      ([30, 10], [0, 0, 1, 0]),
      // The example of nginx's change that brought the algorithm in (commit 52327e0627f4).
      ([5, 1, 1], [0, 0, 1, 0, 2, 0, 0]),
      ([0, 2, 0, 2], [1, 3]),
      ([], []),
      ([0, 0], []),
    ] as [([UInt32], [Int])])
  func period(weights: [UInt32], sequence: [Int]) {
    #expect(WeightedOrder(weights: weights).sequence == sequence)
  }

  @Test("each node comes as often as its weight says, and its turns are spread")
  func shares() {
    let weights: [UInt32] = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7]
    let sum = 131.0
    let sequence = WeightedOrder(weights: weights).sequence
    var turns = [Int](repeating: 0, count: weights.count)
    for (index, node) in sequence.enumerated() {
      turns[node] += 1
      for (node, weight) in weights.enumerated() {
        let due = Double(index + 1) * Double(weight) / sum
        #expect(abs(Double(turns[node]) - due) < 2, "node \(node) after \(index + 1) places")
      }
    }
    #expect(turns == weights.map { Int($0) })
  }

  @Test("places repeat without end")
  func places() {
    let order = WeightedOrder(weights: [2, 1])
    #expect((0..<7).map { order.place($0) } == [0, 1, 0, 0, 1, 0, 0])
    #expect(order.place(.max) == order.place(UInt64.max % 3))
  }

  @Test("a huge sum of weights is scaled down, and nobody is lost")
  func longPeriods() {
    let weights: [UInt32] = [.max, .max - 1, 1, 1 << 31]
    let sequence = WeightedOrder(weights: weights).sequence
    let turns = weights.indices.map { node in sequence.count { $0 == node } }
    #expect(sequence.count <= Int(WeightedOrder.longestPeriod) + weights.count)
    #expect(turns[2] == 1)
    for (count, weight) in zip(turns, weights) {
      let due = Double(weight) / Double(weights.reduce(0.0) { $0 + Double($1) })
      #expect(abs(Double(count) / Double(sequence.count) - due) < 0.001)
    }
  }
}

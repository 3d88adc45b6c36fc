/// The weighted order of the nodes: one period of smooth weighted round-robin, as nginx does it, so
/// that a heavy node's turns are spread over the period and not bunched.
///
/// The same weights give the same sequence on every machine; everything is integers.
public struct WeightedOrder: Sendable, Equatable {
  /// A period longer than this is not kept: weights whose sum is beyond it (after division by their
  /// greatest common divisor) are scaled down to it first. One place of 16384 is 0.006 % of the users,
  /// and a configuration full of odd weights cannot eat memory or time.
  public static let longestPeriod: UInt64 = 16384

  /// Indices into the weights, one period. A node of weight 0 does not occur; empty if all are 0.
  public let sequence: [Int]

  /// Works out one period.
  public init(weights: [UInt32]) {
    let turns = Self.turns(weights)
    let period = turns.reduce(0, +)
    var credit = [Int](repeating: 0, count: turns.count)
    var sequence: [Int] = []
    sequence.reserveCapacity(period)
    for _ in 0..<period {
      var best = 0
      for node in turns.indices {
        credit[node] += turns[node]
        if credit[node] > credit[best] { best = node }
      }
      credit[best] -= period
      sequence.append(best)
    }
    self.sequence = sequence
  }

  /// The node at a place of the endless order. The sequence must not be empty.
  public func place(_ index: UInt64) -> Int {
    precondition(!sequence.isEmpty, "WeightedOrder.place without a node")
    return sequence[Int(index % UInt64(sequence.count))]
  }

  /// How often each node comes in one period: the weights in lowest terms, scaled down where their
  /// sum is too long; who has a weight keeps at least one turn.
  private static func turns(_ weights: [UInt32]) -> [Int] {
    let divisor = UInt64(weights.reduce(0, greatestCommonDivisor))
    guard divisor > 0 else { return weights.map { _ in 0 } }
    let lowest = weights.map { UInt64($0) / divisor }
    let sum = lowest.reduce(0, +)
    guard sum > longestPeriod else { return lowest.map { Int($0) } }
    return lowest.map { $0 == 0 ? 0 : Int(max(1, $0 * longestPeriod / sum)) }
  }

  private static func greatestCommonDivisor(_ first: UInt32, _ second: UInt32) -> UInt32 {
    var (a, b) = (first, second)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}

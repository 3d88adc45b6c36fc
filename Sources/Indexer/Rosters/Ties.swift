/// Undirected ties between users who are numbered: each once, in the row of its lesser user.
///
/// Invariants: the rows are in the order of the users; within a row the other users ascend, and all are greater than the row's.
/// A sequence of ties sorted by `(a, b)`. Takes 4 bytes a tie, 8 where ties have weights of their own, and 8 a user.
public struct Ties: Sendable, Equatable, Sequence {
  /// Row `a` ends at `rowEnds[a]` and begins where the one before ends.
  public let rowEnds: [Int]
  private let cells: Cells

  private enum Cells: Sendable, Equatable {
    /// `b << 2 | ways`
    case ways([UInt32])
    /// `b << 32 | weight`
    case weights([UInt64])
  }

  /// Number of ties.
  public var count: Int { rowEnds.last ?? 0 }
  /// Number of ties.
  public var underestimatedCount: Int { count }

  /// Whether there is none.
  public var isEmpty: Bool { count == 0 }

  init(rowEnds: [Int], ways: [UInt32]) {
    self.rowEnds = rowEnds
    cells = .ways(ways)
  }

  init(rowEnds: [Int], weights: [UInt64]) {
    self.rowEnds = rowEnds
    cells = .weights(weights)
  }

  /// Ties between `users` users, given in the order that the invariants ask for.
  public init(users: Int, _ ties: some Sequence<Tie>) {
    var rowEnds = [Int](repeating: 0, count: users)
    var weights: [UInt64] = []
    for tie in ties {
      weights.append(UInt64(tie.b) << 32 | UInt64(tie.weight))
      rowEnds[Int(tie.a)] = weights.count
    }
    for row in rowEnds.indices.dropFirst() {
      rowEnds[row] = Swift.max(rowEnds[row], rowEnds[row - 1])
    }
    self.init(rowEnds: rowEnds, weights: weights)
  }

  /// The greater user of tie `index`, and its weight. The lesser is the one whose row it stands in.
  @inline(__always)
  public func end(_ index: Int) -> (b: UInt32, weight: UInt32) {
    switch cells {
    case .ways(let cells):
      let cell = cells[index]
      return (cell >> 2, Directions(rawValue: UInt8(truncatingIfNeeded: cell & 3)).count)
    case .weights(let cells):
      let cell = cells[index]
      return (UInt32(truncatingIfNeeded: cell >> 32), UInt32(truncatingIfNeeded: cell))
    }
  }

  /// The ties in order.
  public func makeIterator() -> Iterator { Iterator(ties: self) }

  /// Goes through ties in order.
  public struct Iterator: IteratorProtocol {
    private let ties: Ties
    private var row = 0
    private var index = 0

    fileprivate init(ties: Ties) { self.ties = ties }

    /// The next tie.
    public mutating func next() -> Tie? {
      guard index < ties.count else { return nil }
      while ties.rowEnds[row] <= index { row += 1 }
      let (b, weight) = ties.end(index)
      index += 1
      return Tie(a: UInt32(row), b: b, weight: weight)
    }
  }
}

extension Ties {
  /// Both together; where both have a pair, the second's weight counts.
  static func merged(_ ties: Ties, replacedBy others: Ties) -> Ties {
    if others.isEmpty { return ties }
    if ties.isEmpty { return others }
    var rowEnds: [Int] = []
    rowEnds.reserveCapacity(ties.rowEnds.count)
    var weights: [UInt64] = []
    weights.reserveCapacity(ties.count + others.count)
    var (first, second) = (0, 0)
    for row in ties.rowEnds.indices {
      while first < ties.rowEnds[row] || second < others.rowEnds[row] {
        let one = first < ties.rowEnds[row] ? ties.end(first) : nil
        let other = second < others.rowEnds[row] ? others.end(second) : nil
        // Nobody has the greatest number.
        let (b, c) = (one?.b ?? .max, other?.b ?? .max)
        let chosen = c <= b ? other : one
        if let chosen { weights.append(UInt64(chosen.b) << 32 | UInt64(chosen.weight)) }
        if b <= c { first += 1 }
        if c <= b { second += 1 }
      }
      rowEnds.append(weights.count)
    }
    return Ties(rowEnds: rowEnds, weights: weights)
  }
}

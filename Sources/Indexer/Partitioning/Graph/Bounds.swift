/// Where vertices may be, for a graph some of whose vertices may not be everywhere (`Graph.kinds`).
struct Bounds: Sendable {
  /// For each kind and each partition of it: `permitted[kind * partitions + partition]`.
  private let permitted: [Bool]
  /// The only partition that a kind may be in; nil if it has a choice.
  private let only: [Int?]
  let partitions: Int
  /// How many kinds there are.
  var kinds: Int { only.count }

  /// - Parameter permitted: for each kind, for each partition, whether vertices of the kind may be in it. A kind that may be
  ///   nowhere may be everywhere: whoever makes bounds refuses such.
  init(permitted: [[Bool]], partitions: Int) {
    let rows = permitted.map { $0.contains(true) ? $0 : $0.map { _ in true } }
    self.permitted = rows.flatMap(\.self)
    self.partitions = partitions
    only = rows.map { row in row.count(where: \.self) == 1 ? row.firstIndex(of: true) : nil }
    precondition(self.permitted.count == rows.count * partitions)
  }

  @inline(__always)
  func permit(_ kind: UInt32, in partition: UInt32) -> Bool {
    permitted[Int(kind) * partitions + Int(partition)]
  }

  /// The only partition for a kind.
  func only(for kind: UInt32) -> Int? { only[Int(kind)] }

  /// The bounds of a cut into two sides, of which the first gets the first `half` partitions.
  func ofSides(half: Int) -> Bounds {
    Bounds(
      permitted: only.indices.map { kind in
        let row = permitted[kind * partitions..<(kind + 1) * partitions]
        return [row.prefix(half).contains(true), row.dropFirst(half).contains(true)]
      }, partitions: 2)
  }

  /// The bounds for some of the partitions.
  func within(_ range: Range<Int>) -> Bounds {
    Bounds(
      permitted: only.indices.map { kind in
        Array(
          permitted[kind * partitions..<(kind + 1) * partitions].dropFirst(range.lowerBound)
            .prefix(range.count))
      }, partitions: range.count)
  }
}

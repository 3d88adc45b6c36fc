/// Sets of nodes on which users may be, and the rules that left them.
///
/// Users to whom the same rules apply are of one kind, so that millions of users need some numbers only.
struct Kinds {
  /// One rule about nodes as it applies to users: a line, or one name of a list.
  struct Bound {
    /// Which constraint.
    let constraint: Int
    let nodes: [Int]
  }

  private(set) var bounds: [Bound] = []
  /// For each kind the bounds that apply, ascending. Kind 0 has none.
  private(set) var boundsOf: [[Int]] = [[]]
  /// For each kind and node, whether users may be there.
  private(set) var permitted: [[Bool]]
  private var numbers: [[Int]: UInt32] = [[]: 0]
  private var known: [Step: UInt32] = [:]
  private let nodes: Int

  private struct Step: Hashable {
    let kind: UInt32
    let other: Int
    let isBound: Bool
  }

  init(nodes: Int) {
    self.nodes = nodes
    permitted = [[Bool](repeating: true, count: nodes)]
  }

  mutating func add(_ bound: Bound) -> Int {
    bounds.append(bound)
    return bounds.count - 1
  }

  /// The kind of users of `kind` to whom `bound` applies as well.
  mutating func narrowed(_ kind: UInt32, by bound: Int) -> UInt32 {
    let step = Step(kind: kind, other: bound, isBound: true)
    return known[step] ?? add(step, boundsOf[Int(kind)] + [bound])
  }

  /// The kind of users to whom the bounds of both kinds apply.
  mutating func joined(_ kind: UInt32, _ other: UInt32) -> UInt32 {
    if kind == other { return kind }
    let step = Step(kind: kind, other: Int(other), isBound: false)
    return known[step] ?? add(step, boundsOf[Int(kind)] + boundsOf[Int(other)])
  }

  private mutating func add(_ step: Step, _ applied: [Int]) -> UInt32 {
    let all = Set(applied).sorted()
    let kind = numbers[all] ?? UInt32(boundsOf.count)
    if Int(kind) == boundsOf.count {
      numbers[all] = kind
      boundsOf.append(all)
      permitted.append(row(all))
    }
    known[step] = kind
    return kind
  }

  private func row(_ applied: [Int]) -> [Bool] {
    (0..<nodes).map { node in applied.allSatisfy { bounds[$0].nodes.contains(node) } }
  }

  /// Whether users of the kind may be nowhere.
  func isNowhere(_ kind: UInt32) -> Bool { !permitted[Int(kind)].contains(true) }

  /// Of the bounds of a kind that may be nowhere, as few as already leave no node.
  func contradiction(_ kind: UInt32) -> [Bound] {
    var left = boundsOf[Int(kind)]
    for bound in left {
      let others = left.filter { $0 != bound }
      if !row(others).contains(true) { left = others }
    }
    return left.map { bounds[$0] }
  }
}

/// What pulls vertices to places beside their ties: where their users were, and where somebody would like them to be.
///
/// Both become ties to *anchors*: vertices without users, one for each place, that stay in it. So whatever lessens the cut weighs
/// them against the ties between users. Each vertex of the graph is one user still, whatever it counts.
struct Anchors {
  /// Where users were; nil: nobody was anywhere.
  var homes: Homes?
  /// For each vertex a row of `wishes`; empty: nobody wishes anything.
  var wishOf: [UInt32] = []
  /// What each place is worth to one user, in ties.
  var wishes: [[UInt32]] = []

  /// What moving a user must gain, in `parts` of a tie.
  var price = Self.usualPrice

  /// Half a tie: enough to keep those where they are for whom moving hardly pays.
  static let usualPrice: UInt64 = 2
  /// Four ties, where many must move: they find their places among those who stay, who do not make way for them.
  static let highPrice: UInt64 = 16
  /// Parts of a tie that pulls are counted in, where the weights permit.
  static let parts: UInt64 = 4

  var isEmpty: Bool { homes == nil && wishes.isEmpty }

  /// `graph` with one anchor for each place behind its vertices, and bounds that hold them there.
  func tied(to graph: Graph, _ shares: Shares) -> (graph: Graph, shares: Shares) {
    let scale = Scale(graph, self, places: shares.count)
    let anchored = rows(graph, scale, places: shares.count)
    var kinds = graph.kinds.isEmpty ? [UInt32](repeating: 0, count: graph.count) : graph.kinds
    var permitted =
      shares.bounds.map { bounds in
        (0..<bounds.kinds).map { kind in
          (0..<shares.count).map { bounds.permit(UInt32(kind), in: UInt32($0)) }
        }
      } ?? [[Bool](repeating: true, count: shares.count)]
    for place in 0..<shares.count {
      kinds.append(UInt32(permitted.count))
      permitted.append((0..<shares.count).map { $0 == place })
    }
    return (
      Graph(
        offsets: anchored.offsets, anchored.rows,
        users: graph.users + [UInt32](repeating: 0, count: shares.count), kinds: kinds,
        storage: graph.storage),
      Shares(
        shares.capacities, bounds: Bounds(permitted: permitted, partitions: shares.count))
    )
  }

  private func rows(_ graph: Graph, _ scale: Scale, places: Int)
    -> (offsets: [Int], rows: Rows)
  {
    var offsets = [0]
    offsets.reserveCapacity(graph.offsets.count + places)
    var rows = RowsBuilder(most: graph.neighbours.count + 2 * graph.count, graph.storage)
    var anchors = [[(vertex: UInt32, weight: UInt32)]](repeating: [], count: places)
    var pulls = [UInt64](repeating: 0, count: places)
    for vertex in 0..<graph.count {
      for place in graph.offsets[vertex]..<graph.offsets[vertex + 1] {
        rows.append(graph.neighbours[place], scale.weight(graph.weights[place]))
      }
      addPulls(vertex, scale, to: &pulls)
      for place in 0..<places where pulls[place] > 0 {
        let weight = UInt32(min(pulls[place], UInt64(UInt32.max)))
        pulls[place] = 0
        rows.append(UInt32(graph.count + place), weight)
        anchors[place].append((UInt32(vertex), weight))
      }
      offsets.append(rows.count)
    }
    for place in 0..<places {
      for tie in anchors[place] { rows.append(tie.vertex, tie.weight) }
      anchors[place] = []
      offsets.append(rows.count)
    }
    return (offsets, rows.finish())
  }

  private func addPulls(
    _ vertex: Int, _ scale: Scale, to pulls: inout [UInt64]
  ) {
    if let homes, homes.placeOf[vertex] != Homes.none {
      pulls[Int(homes.placeOf[vertex])] += UInt64(homes.users[vertex]) * scale.price
    }
    guard !wishes.isEmpty else { return }
    let row = wishes[Int(wishOf[vertex])]
    for place in row.indices where row[place] > 0 {
      pulls[place] += UInt64(row[place]) * scale.tie
    }
  }

  /// How heavy ties and pulls are, so that all of them together stay below `Graph.mostWeight`.
  private struct Scale {
    /// What a weight is multiplied with, and divided by.
    private var factor: UInt64 = Anchors.parts
    private var divisor: UInt64 = 1
    /// A tie of mean weight.
    private(set) var tie: UInt64
    /// What moving one user costs.
    private(set) var price: UInt64

    init(_ graph: Graph, _ anchors: Anchors, places: Int) {
      let total = graph.weights.reduce(UInt64(0)) { $0 + UInt64($1) }
      let mean = max(1, total / UInt64(max(1, graph.neighbours.count)))
      let users = UInt64(graph.count)
      let greatest = anchors.wishes.map { $0.reduce(UInt64(0)) { $0 + UInt64($1) } }.max() ?? 0
      tie = mean * factor
      price = max(1, mean * anchors.price)
      while true {
        // Twice: each pull stands in two rows.
        let pulls = 2 * users * (price + greatest * tie)
        let ties = total * factor / divisor + UInt64(graph.neighbours.count)
        if pulls + ties < Graph.mostWeight { break }
        if factor > 1 { factor /= 2 } else { divisor *= 2 }
        if tie == 1 && price == 1 && divisor > UInt64(UInt32.max) { break }
        tie = max(1, tie / 2)
        price = max(1, price / 2)
      }
    }

    func weight(_ weight: UInt32) -> UInt32 { UInt32(max(1, UInt64(weight) * factor / divisor)) }
  }
}

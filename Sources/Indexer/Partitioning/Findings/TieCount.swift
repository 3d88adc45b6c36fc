/// The one pass over all ties that `PlacementFindings` are made from.
struct TieCount {
  private(set) var all = PlacementFindings.Cut()
  private(set) var betweenNodes = PlacementFindings.Cut()
  private(set) var betweenPartitions = PlacementFindings.Cut()
  private(set) var insideNode: [Int]
  private(set) var leavingNode: [Int]
  private(set) var insidePartition: [Int]
  private(set) var leavingPartition: [Int]
  let grouping: TieGrid.Grouping
  /// Ties between two groups stand at [lower, higher].
  private(set) var cells: [Int]
  private(set) var spans: NetworkSpans

  init(
    _ graph: Graph, _ placement: Placement, _ grouping: TieGrid.Grouping,
    _ spans: NetworkSpans
  ) {
    insideNode = [Int](repeating: 0, count: placement.nodes.count)
    leavingNode = insideNode
    insidePartition = [Int](repeating: 0, count: placement.nodeOf.count)
    leavingPartition = insidePartition
    self.grouping = grouping
    cells = [Int](repeating: 0, count: grouping.count * grouping.count)
    self.spans = spans
  }

  /// Sees each tie once, from its lower end.
  mutating func run(_ graph: Graph, _ placement: Placement) {
    let (offsets, neighbours, weights) = (
      graph.offsets.span, graph.neighbours, graph.weights
    )
    let partitionOf = placement.partitionOf.span
    for vertex in 0..<graph.count {
      let from = partitionOf[vertex]
      for place in offsets[vertex]..<offsets[vertex + 1]
      where neighbours[place] > UInt32(vertex) {
        let to = partitionOf[Int(neighbours[place])]
        add(vertex, from, to, weight: UInt64(weights[place]), placement)
      }
    }
  }

  @inline(__always)
  private mutating func add(
    _ user: Int, _ from: UInt32, _ to: UInt32, weight tie: UInt64, _ placement: Placement
  ) {
    all.ties += 1
    all.weight += tie
    let (one, other) = (grouping.groupOf[Int(from)], grouping.groupOf[Int(to)])
    cells[Int(min(one, other)) * grouping.count + Int(max(one, other))] += 1
    let (home, away) = (placement.nodeOf[Int(from)], placement.nodeOf[Int(to)])
    if from == to {
      insidePartition[Int(from)] += 1
      insideNode[Int(home)] += 1
      return
    }
    leavingPartition[Int(from)] += 1
    leavingPartition[Int(to)] += 1
    betweenPartitions.ties += 1
    betweenPartitions.weight += tie
    if home == away {
      insideNode[Int(home)] += 1
    } else {
      leavingNode[Int(home)] += 1
      leavingNode[Int(away)] += 1
      betweenNodes.ties += 1
      betweenNodes.weight += tie
    }
    spans.addCut(user, isBetweenNodes: home != away)
  }
}

/// Where users were in the generation before.
public struct Previous: Sendable, Equatable {
  /// The partition of each user; `none`: it is new, or its partition is no more.
  public var partitionOf: [UInt32]
  /// The node of each user, an index into the pool; `none`: the user is new; `gone`: the node is no more.
  public var nodeOf: [UInt32]
  /// Users who were there and are in no roster any more.
  public var departed: Int
  /// The share of all users who may move, as far as limits permit: from 0 to 1.
  public var mostMoved: Double
  /// Nodes of the pool that nobody was on, because they were not there.
  public var newNodes: [Int]

  /// Stands for no place.
  public static let none = UInt32.max
  /// Stands for a node that is no more.
  public static let gone = UInt32.max - 1

  /// A generation before this one; the lists have an entry for each user of this one.
  public init(
    partitionOf: [UInt32], nodeOf: [UInt32], departed: Int, mostMoved: Double, newNodes: [Int] = []
  ) {
    precondition(partitionOf.count == nodeOf.count && (0...1).contains(mostMoved))
    self.partitionOf = partitionOf
    self.nodeOf = nodeOf
    self.departed = departed
    self.mostMoved = mostMoved
    self.newNodes = newNodes
  }

  /// Whether nodes have come or gone, so that many must move.
  var isPressed: Bool { !newNodes.isEmpty || nodeOf.contains(Self.gone) }

  /// Homes on nodes.
  var onNodes: Homes {
    Homes(
      placeOf: nodeOf.map { $0 == Self.gone ? Homes.none : $0 },
      mostMoved: Int(mostMoved * Double(nodeOf.count)))
  }
}

/// How many users a new generation moves: to another node, by its name.
public struct Moves: Sendable, Equatable {
  /// Users on another node than before.
  public var moved = 0
  /// Users of those whose node is no more, so that they had to move.
  public var movedFromGone = 0
  /// Users on the same node as before.
  public var stayed = 0
  /// Users who were not there before.
  public var new = 0
  /// Users who are not there any more.
  public var departed: Int

  /// Counts.
  public init(_ previous: Previous, _ placement: Placement) {
    departed = previous.departed
    for (user, partition) in placement.partitionOf.enumerated() {
      switch previous.nodeOf[user] {
      case Previous.none: new += 1
      case Previous.gone:
        moved += 1
        movedFromGone += 1
      case placement.nodeOf[Int(partition)]: stayed += 1
      default: moved += 1
      }
    }
  }
}

/// What administrators' constraints ask of a placement, by the numbers of users and nodes.
///
/// Whoever makes one sees to it that the rules do not contradict each other. Empty lists ask for nothing.
public struct Rules: Sendable, Equatable {
  /// For each user the group that stays on one node, from 0; `none`: in no group.
  public var groupOf: [UInt32] = []
  /// For each user a row of `permitted`. All users of a group have the same.
  public var kindOf: [UInt32] = []
  /// For each kind of users whether they may be on each node.
  public var permitted: [[Bool]] = []
  /// For each user a row of `wishes`.
  public var wishOf: [UInt32] = []
  /// For each kind of wishes what each node is worth to a user, in ties.
  public var wishes: [[UInt32]] = []
  /// Users no two of whom may be on one node.
  public var apart: [[UInt32]] = []
  /// The most that each node may hold, in what the node limits count; nil: no such rule.
  public var most: [Int?] = []
  /// The least that each node is to hold, likewise.
  public var least: [Int?] = []

  /// Stands in `groupOf` for a user who is in no group.
  public static let none = UInt32.max

  /// Rules that ask for nothing.
  public init() {}

  /// Whether there is nothing to keep.
  public var isEmpty: Bool { self == Rules() }

  /// Whether a user may be on a node.
  public func permit(_ user: Int, on node: Int) -> Bool {
    kindOf.isEmpty || permitted[Int(kindOf[user])][node]
  }
}

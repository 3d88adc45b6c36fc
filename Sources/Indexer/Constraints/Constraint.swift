import Shared

/// One rule that an administrator has written: one line of a constraints file.
public struct Constraint: Sendable {
  /// Where it stands.
  public let place: SourcePlace
  /// What it asks for.
  public let demand: Demand

  /// What a rule can ask for. Nodes are indices into the pool.
  public enum Demand: Sendable {
    /// All these users on one node, and in one partition if they fit into one.
    case together([Selector])
    /// For each group that a list names, the same.
    case togetherEach(list: String)
    /// No two of these users on the same node.
    case apart([Selector])
    /// These users on one of these nodes and on no other.
    case must([Selector], nodes: [Int])
    /// For each user that a list names, the same with the node or region beside the name.
    case mustEach(list: String)
    /// These users rather on one of these nodes: being elsewhere costs as much as so many ties for each.
    case prefer([Selector], nodes: [Int], strength: UInt32)
    /// For each user that a list names, the same.
    case preferEach(list: String, strength: UInt32)
    /// So many users, or expected sessions, at most or at least on a node.
    case limit(node: Int, bound: Bound, amount: Int, unit: Unit)
  }

  /// Which way a limit of a node holds.
  public enum Bound: String, Sendable, CaseIterable {
    case most = "at most"
    case least = "at least"
  }

  /// What a limit of a node counts.
  public enum Unit: String, Sendable, CaseIterable {
    case users
    case sessions
  }
}

/// Some of all users.
public enum Selector: Sendable {
  /// One user by name.
  case user(User)
  /// All users of a domain: `@a.example`.
  case domain(Domain)
  /// All users whose name a regular expression matches: `/^team7-/`.
  case pattern(Pattern)
  /// The users whom a file names, one a line: `file:vip.txt`.
  case list(String)
}

import Partitioning
import Rosters
import Shared

/// Constraints as they apply to the users of the rosters.
public struct Resolution: Sendable {
  /// What the partitioner keeps.
  public internal(set) var rules = Rules()
  /// What an administrator should know although it hinders nothing: names that no roster knows.
  public internal(set) var notes: [Complaint] = []
  /// For each constraint the users whom it names; no users for limits.
  let parties: [Party]

  /// Whom one constraint is about.
  struct Party: Sendable {
    var users: [UInt32] = []
    /// For constraints with a list of groups: each group.
    var groups: [(name: String, users: [UInt32])] = []
  }

  /// What the users are divided among.
  public struct Room: Sendable {
    /// The most that each node may hold, before any rule.
    public var capacities: [Int]
    /// What each user counts against them; nil: one.
    public var loads: [UInt32]?
    /// How many units of `loads` are one session.
    public var unitsOfSession: Double

    /// The pool's nodes, in its order.
    public init(capacities: [Int], loads: [UInt32]? = nil, unitsOfSession: Double = 1) {
      self.capacities = capacities
      self.loads = loads
      self.unitsOfSession = unitsOfSession
    }

    /// What a user counts.
    func load(_ user: Int) -> Int { loads.map { Int($0[user]) } ?? 1 }

    /// So many users, or sessions, in what capacities count.
    func units(_ amount: Int) -> Int {
      loads == nil ? amount : Int((Double(amount) * unitsOfSession).rounded(.down))
    }

    /// The other way round, for people.
    func amount(_ units: Int) -> Int {
      loads == nil ? units : Int((Double(units) / unitsOfSession).rounded())
    }
  }

  /// Finds the users of each rule, and every contradiction between rules.
  ///
  /// - Parameter open: reads a list that a rule names.
  /// - Throws: a complaint for each list that is wrong, or for each contradiction, naming the lines of both sides.
  public init(
    _ constraints: Constraints, users: UserNames, room: Room, open: @escaping ListOpener
  ) throws(Complaints) {
    var notes: [Complaint] = []
    parties = try Self.parties(constraints, users, open, &notes)
    self.notes = notes
    var resolver = Resolver(constraints, parties, users, room)
    resolver.resolve()
    if !resolver.complaints.isEmpty { throw Complaints(resolver.complaints) }
    rules = resolver.rules
  }

  private static func parties(
    _ constraints: Constraints, _ users: UserNames, _ open: @escaping ListOpener,
    _ notes: inout [Complaint]
  ) throws(Complaints) -> [Party] {
    var selection = UserSelection(users, constraints, open: open)
    var parties: [Party] = []
    var complaints: [Complaint] = []
    for constraint in constraints.all {
      var party = Party()
      var found = UserSelection.Found()
      do throws(Complaints) {
        switch constraint.demand {
        case .together(let selectors), .apart(let selectors), .must(let selectors, _),
          .prefer(let selectors, _, _):
          found = try selection.users(of: selectors, at: constraint.place)
          party.users = found.users
        case .togetherEach(let list), .mustEach(let list), .preferEach(let list, _):
          let lines = try selection.groups(of: list, at: constraint.place)
          found = lines.found
          party.groups = lines.groups.map { ($0.name, $0.users) }
          if case .togetherEach = constraint.demand { break }
          for group in lines.groups where constraints.nodes(named: group.name) == nil {
            complaints.append(
              Complaint(
                at: group.line, "`\(group.name)` is not known; expected a node or a region"))
          }
        case .limit: break
        }
      } catch {
        complaints += error.all
      }
      if let first = found.firstUnknown {
        notes.append(
          Complaint(
            at: constraint.place,
            found.unknown == 1
              ? "in no roster: \(first)" : "in no roster: \(found.unknown), the first \(first)"))
      }
      parties.append(party)
    }
    if !complaints.isEmpty { throw Complaints(complaints) }
    return parties
  }
}

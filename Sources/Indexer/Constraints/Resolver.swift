import Partitioning
import Rosters
import Shared

/// Turns the users of each constraint into rules, and finds what contradicts.
struct Resolver {
  let constraints: Constraints
  let parties: [Resolution.Party]
  let users: UserNames
  let room: Resolution.Room
  var rules = Rules()
  var complaints: [Complaint] = []
  var kinds: Kinds
  /// The kind of each user, a number in `kinds`; empty: no rule about nodes.
  var kindOf: [UInt32] = []

  init(
    _ constraints: Constraints, _ parties: [Resolution.Party], _ users: UserNames,
    _ room: Resolution.Room
  ) {
    self.constraints = constraints
    self.parties = parties
    self.users = users
    self.room = room
    kinds = Kinds(nodes: room.capacities.count)
  }

  mutating func resolve() {
    addGroups()
    addBounds()
    addWishes()
    addLimits()
    // What follows takes for granted that everybody may be somewhere.
    guard complaints.isEmpty else { return }
    addApart()
    checkRoom()
    guard complaints.isEmpty else { return }
    compress()
  }

  func place(_ constraint: Int) -> SourcePlace { constraints.all[constraint].place }

  func name(_ user: UInt32) -> String { "`\(String(decoding: users[Int(user)], as: UTF8.self))`" }

  /// What a user counts against the limits.
  func load(_ user: UInt32) -> Int { room.load(Int(user)) }

  private mutating func addGroups() {
    let together = constraints.all.indices.flatMap { index -> [[UInt32]] in
      switch constraints.all[index].demand {
      case .together: [parties[index].users]
      case .togetherEach: parties[index].groups.map(\.users)
      default: []
      }
    }
    guard together.contains(where: { $0.count > 1 }) else { return }
    var groups = Groups(users: users.count)
    for users in together { groups.join(users) }
    rules.groupOf = groups.numbered(none: Rules.none)
  }

  private mutating func addBounds() {
    for index in constraints.all.indices {
      switch constraints.all[index].demand {
      case .must(_, let nodes): narrow(parties[index].users, to: nodes, by: index)
      case .mustEach:
        for group in parties[index].groups {
          guard let nodes = constraints.nodes(named: group.name) else { continue }
          narrow(group.users, to: nodes, by: index)
        }
      default: break
      }
    }
    joinKindsOfGroups()
  }

  private mutating func narrow(_ users: [UInt32], to nodes: [Int], by constraint: Int) {
    guard !users.isEmpty else { return }
    if kindOf.isEmpty { kindOf = [UInt32](repeating: 0, count: self.users.count) }
    let bound = kinds.add(Kinds.Bound(constraint: constraint, nodes: nodes))
    var contradicted: Set<UInt32> = []
    for user in users {
      let before = kindOf[Int(user)]
      let kind = kinds.narrowed(before, by: bound)
      kindOf[Int(user)] = kind
      guard kinds.isNowhere(kind), !kinds.isNowhere(before), contradicted.insert(kind).inserted
      else { continue }
      complaints.append(
        Complaint(
          at: place(constraint),
          "no node is left for \(name(user)): \(reasons(kinds.contradiction(kind)))"))
    }
  }

  /// `im1 by rules.txt:3, im2 by rules.txt:7`
  func reasons(_ bounds: [Kinds.Bound]) -> String {
    bounds.map { "\(constraints.names(of: $0.nodes)) by \(place($0.constraint))" }
      .joined(separator: "; ")
  }

  /// All users of a group may be where each of them may be.
  private mutating func joinKindsOfGroups() {
    guard !rules.groupOf.isEmpty, !kindOf.isEmpty else { return }
    var kindOfGroup: [UInt32: UInt32] = [:]
    var contradicted: Set<UInt32> = []
    for user in rules.groupOf.indices where rules.groupOf[user] != Rules.none {
      let group = rules.groupOf[user]
      let before = kindOfGroup[group] ?? 0
      let kind = kinds.joined(before, kindOf[user])
      kindOfGroup[group] = kind
      guard kinds.isNowhere(kind), !kinds.isNowhere(before), !kinds.isNowhere(kindOf[user]),
        contradicted.insert(group).inserted
      else { continue }
      complaints.append(
        Complaint(
          at: place(togetherRules(of: group).first ?? 0),
          "no node is left for \(name(UInt32(user))) and all who are to be together with that user: "
            + reasons(kinds.contradiction(kind)) + others(togetherRules(of: group))))
    }
    for user in rules.groupOf.indices {
      if let kind = kindOfGroup[rules.groupOf[user]] { kindOf[user] = kind }
    }
  }

  /// The constraints that made a group.
  func togetherRules(of group: UInt32) -> [Int] {
    constraints.all.indices.filter { index in
      switch constraints.all[index].demand {
      case .together:
        parties[index].users.count > 1 && rules.groupOf[Int(parties[index].users[0])] == group
      case .togetherEach:
        parties[index].groups.contains {
          $0.users.count > 1 && rules.groupOf[Int($0.users[0])] == group
        }
      default: false
      }
    }
  }

  /// The lines of further rules that joined a group: `; together also by rules.txt:9`.
  func others(_ rules: [Int]) -> String {
    guard rules.count > 1 else { return "" }
    let most = 5
    let shown = rules.dropFirst().prefix(most).map { place($0).description }.joined(separator: ", ")
    return "; together also by \(shown)\(rules.count > most + 1 ? " and more" : "")"
  }

  private mutating func addWishes() {
    for index in constraints.all.indices {
      switch constraints.all[index].demand {
      case .prefer(_, let nodes, let strength): wish(parties[index].users, nodes, strength)
      case .preferEach(_, let strength):
        for group in parties[index].groups {
          guard let nodes = constraints.nodes(named: group.name) else { continue }
          wish(group.users, nodes, strength)
        }
      default: break
      }
    }
  }

  /// Several preferences of a user add up.
  private mutating func wish(_ users: [UInt32], _ nodes: [Int], _ strength: UInt32) {
    guard !users.isEmpty else { return }
    if rules.wishOf.isEmpty {
      rules.wishOf = [UInt32](repeating: 0, count: self.users.count)
      rules.wishes = [[UInt32](repeating: 0, count: room.capacities.count)]
    }
    var numbers: [UInt32: UInt32] = [:]
    for user in users {
      let before = rules.wishOf[Int(user)]
      if let known = numbers[before] {
        rules.wishOf[Int(user)] = known
        continue
      }
      var row = rules.wishes[Int(before)]
      for node in nodes {
        row[node] = min(row[node] + strength, ConstraintParser.greatestStrength)
      }
      let number = rules.wishes.firstIndex(of: row) ?? rules.wishes.count
      if number == rules.wishes.count { rules.wishes.append(row) }
      numbers[before] = UInt32(number)
      rules.wishOf[Int(user)] = UInt32(number)
    }
  }

  /// Only what nodes they leave tells kinds apart from here on.
  private mutating func compress() {
    guard !kindOf.isEmpty else { return }
    var numbers: [[Bool]: UInt32] = [:]
    let numberOf = kinds.permitted.map { row -> UInt32 in
      if let number = numbers[row] { return number }
      let number = UInt32(rules.permitted.count)
      numbers[row] = number
      rules.permitted.append(row)
      return number
    }
    rules.kindOf = kindOf.map { numberOf[Int($0)] }
  }
}

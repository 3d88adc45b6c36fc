import Partitioning
import Shared

/// Limits of nodes, and whether everybody has room.
extension Resolver {
  mutating func addLimits() {
    var lines: [Int: (most: Int?, least: Int?)] = [:]
    for index in constraints.all.indices {
      guard case .limit(let node, let bound, let amount, let unit) = constraints.all[index].demand
      else { continue }
      if (unit == .sessions) != (room.loads != nil) {
        complaints.append(
          Complaint(
            at: place(index),
            unit == .sessions
              ? "sessions are only known with --load; expected users"
              : "with --load nodes are limited by sessions; expected sessions"))
        continue
      }
      if rules.most.isEmpty {
        rules.most = [Int?](repeating: nil, count: room.capacities.count)
        rules.least = rules.most
      }
      let units = room.units(amount)
      switch bound {
      case .most where units < rules.most[node] ?? .max:
        rules.most[node] = units
        lines[node, default: (nil, nil)].most = index
      case .least where units > rules.least[node] ?? 0:
        rules.least[node] = units
        lines[node, default: (nil, nil)].least = index
      default: break
      }
    }
    for (node, line) in lines.sorted(by: { $0.key < $1.key }) { check(node, line) }
  }

  private mutating func check(_ node: Int, _ line: (most: Int?, least: Int?)) {
    guard let leastLine = line.least, let least = rules.least[node] else { return }
    if let mostLine = line.most, let most = rules.most[node], least > most {
      complaints.append(
        Complaint(
          at: place(max(leastLine, mostLine)),
          "\(constraints.nodes[node]) is to hold at least \(room.amount(least)), but at most \(room.amount(most)), by "
            + "\(place(min(leastLine, mostLine)))"))
    } else if least > room.capacities[node] {
      complaints.append(
        Complaint(
          at: place(leastLine),
          "\(constraints.nodes[node]) is to hold at least \(room.amount(least)), but its weight and the imbalance "
            + "allow \(room.amount(room.capacities[node])); expected no more, or a greater weight"))
    }
  }

  /// The most that a node may hold by its weight and by rules.
  func capacity(_ node: Int) -> Int {
    min(room.capacities[node], rules.most.isEmpty ? .max : rules.most[node] ?? .max)
  }

  /// The lines that limit nodes.
  private func limits(of nodes: [Int], _ bound: Constraint.Bound) -> [SourcePlace] {
    constraints.all.filter {
      if case .limit(let node, bound, _, _) = $0.demand { nodes.contains(node) } else { false }
    }.map(\.place)
  }

  mutating func checkRoom() {
    checkGroups()
    guard !kindOf.isEmpty || !rules.most.isEmpty else { return }
    var demands: [Int: Int] = [:]
    for user in 0..<UInt32(users.count) {
      demands[kindOf.isEmpty ? 0 : Int(kindOf[Int(user)]), default: 0] += load(user)
    }
    let crowd = demands.sorted { $0.key < $1.key }
    checkLeast(crowd)
    let flow = KindFlow(
      demands: crowd.map(\.value), permitted: crowd.map { kinds.permitted[$0.key] },
      capacities: room.capacities.indices.map(capacity))
    guard let jam = flow.jam else { return }
    // Where everything is full, it makes no difference who may be where.
    let isEverywhere = jam.nodes.count == room.capacities.count
    let bounds = Set((isEverywhere ? [] : jam.kinds).flatMap { kinds.boundsOf[crowd[$0].key] })
      .sorted()
      .map { kinds.bounds[$0] }
    let limits = limits(of: jam.nodes, .most)
    let places = (bounds.map { place($0.constraint) } + limits).sorted { $0.line < $1.line }
    let unit = room.loads == nil ? "users" : "sessions"
    let total = jam.kinds.reduce(0) { $0 + crowd[$1].value }
    let holds = jam.nodes.reduce(0) { $0 + capacity($1) }
    let most = 10
    let shown = places.prefix(most).map(\.description).joined(separator: ", ")
    complaints.append(
      Complaint(
        at: places.last ?? SourcePlace(file: "", line: 0),
        "\(room.amount(total)) \(unit) may only be on \(constraints.names(of: jam.nodes)), which hold \(room.amount(holds)), by "
          + "\(shown)\(places.count > most ? " and more" : "")"))
  }

  /// No group may be larger than every node that it may be on.
  private mutating func checkGroups() {
    guard !rules.groupOf.isEmpty else { return }
    var loads: [UInt32: (load: Int, first: UInt32)] = [:]
    for user in rules.groupOf.indices where rules.groupOf[user] != Rules.none {
      loads[rules.groupOf[user], default: (0, UInt32(user))].load += load(UInt32(user))
    }
    for (group, entry) in loads.sorted(by: { $0.key < $1.key }) {
      let row = kindOf.isEmpty ? kinds.permitted[0] : kinds.permitted[Int(kindOf[Int(entry.first)])]
      let open = row.indices.filter { row[$0] }
      let most = open.map(capacity).max() ?? 0
      guard entry.load > most else { continue }
      let lines = togetherRules(of: group)
      let bounds = kindOf.isEmpty ? [] : kinds.boundsOf[Int(kindOf[Int(entry.first)])]
      let why = bounds.isEmpty ? "" : " (\(reasons(bounds.map { kinds.bounds[$0] })))"
      let limits = limits(of: open, .most).map { " and by \($0)" }.joined()
      complaints.append(
        Complaint(
          at: place(lines.first ?? 0),
          "\(name(entry.first)) and all who are to be together with that user count \(room.amount(entry.load)), but no "
            + "node that they may be on holds more than \(room.amount(most))\(why)\(limits)\(others(lines))"
        ))
    }
  }

  /// No node may have to hold more than may be on it.
  private mutating func checkLeast(_ crowd: [(key: Int, value: Int)]) {
    for (node, least) in rules.least.enumerated() {
      guard let least else { continue }
      let there = crowd.filter { kinds.permitted[$0.key][node] }.reduce(0) { $0 + $1.value }
      guard there < least, let line = limits(of: [node], .least).last else { continue }
      let others = crowd.filter { !kinds.permitted[$0.key][node] }
        .flatMap { kinds.boundsOf[$0.key] }
      complaints.append(
        Complaint(
          at: line,
          "\(constraints.nodes[node]) is to hold at least \(room.amount(least)), but only \(room.amount(there)) may be on it"
            + (others.isEmpty ? "" : ": \(reasons(Set(others).sorted().map { kinds.bounds[$0] }))"))
      )
    }
  }
}

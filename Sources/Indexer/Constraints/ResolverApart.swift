import Partitioning
import Shared

/// Users who are to be apart.
extension Resolver {
  mutating func addApart() {
    for index in constraints.all.indices {
      guard case .apart = constraints.all[index].demand else { continue }
      let users = parties[index].users
      guard users.count > 1 else { continue }
      if let fault = togetherToo(users) ?? tooMany(users) ?? noPlaces(users) {
        complaints.append(Complaint(at: place(index), fault))
      } else {
        rules.apart.append(users)
      }
    }
  }

  private func togetherToo(_ users: [UInt32]) -> String? {
    guard !rules.groupOf.isEmpty else { return nil }
    var first: [UInt32: UInt32] = [:]
    for user in users where rules.groupOf[Int(user)] != Rules.none {
      let group = rules.groupOf[Int(user)]
      if let other = first[group] {
        let lines = togetherRules(of: group)
        return "\(name(other)) and \(name(user)) are to be apart, but together by "
          + "\(lines.first.map { place($0).description } ?? "")\(others(lines))"
      }
      first[group] = user
    }
    return nil
  }

  private func tooMany(_ users: [UInt32]) -> String? {
    let nodes = room.capacities.count
    guard users.count > nodes else { return nil }
    return "\(users.count) users are to be on different nodes, but there are \(nodes); expected at "
      + "most as many users as nodes"
  }

  /// Rules that leave the users too few nodes together (a matching in the sense of Hall, found by augmenting paths).
  private func noPlaces(_ users: [UInt32]) -> String? {
    guard !kindOf.isEmpty else { return nil }
    var userOn = [Int?](repeating: nil, count: room.capacities.count)
    for place in users.indices {
      var seen = [Bool](repeating: false, count: userOn.count)
      if seat(place, users, &userOn, &seen) { continue }
      // Whoever sits on a node that was tried is in the way.
      let tried = seen.indices.filter { seen[$0] }
      let crowd = [place] + tried.compactMap { userOn[$0] }
      let bounds = Set(crowd.flatMap { kinds.boundsOf[Int(kindOf[Int(users[$0])])] }).sorted()
      let names = crowd.prefix(3).map { name(users[$0]) }.joined(separator: ", ")
      return
        "\(crowd.count) users (\(names)\(crowd.count > 3 ? ", ..." : "")) are to be apart, but may "
        + "only be on \(tried.isEmpty ? "no node" : constraints.names(of: tried)): "
        + reasons(bounds.map { kinds.bounds[$0] })
    }
    return nil
  }

  private func seat(
    _ place: Int, _ users: [UInt32], _ userOn: inout [Int?], _ seen: inout [Bool]
  ) -> Bool {
    let row = kinds.permitted[Int(kindOf[Int(users[place])])]
    for node in row.indices where row[node] && !seen[node] {
      seen[node] = true
      guard let sitting = userOn[node] else {
        userOn[node] = place
        return true
      }
      if seat(sitting, users, &userOn, &seen) {
        userOn[node] = place
        return true
      }
    }
    return false
  }
}

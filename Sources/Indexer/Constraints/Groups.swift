/// Users who stay together: those of one rule, and of all rules that share a user (union-find).
struct Groups {
  private var parents: [UInt32]

  init(users: Int) { parents = (0..<UInt32(users)).map { $0 } }

  mutating func join(_ users: [UInt32]) {
    guard let first = users.first else { return }
    for user in users.dropFirst() {
      let (one, other) = (leader(of: first), leader(of: user))
      // The lower number leads, so that the outcome does not depend on the order of rules.
      if one != other { parents[Int(max(one, other))] = min(one, other) }
    }
  }

  /// The user who stands for the group of `user`.
  mutating func leader(of user: UInt32) -> UInt32 {
    var user = user
    while parents[Int(user)] != user {
      parents[Int(user)] = parents[Int(parents[Int(user)])]
      user = parents[Int(user)]
    }
    return user
  }

  /// The groups of at least two users, numbered from 0 in the order of their first users; `none` for all others.
  mutating func numbered(none: UInt32) -> [UInt32] {
    var sizes = [UInt32](repeating: 0, count: parents.count)
    for user in parents.indices { sizes[Int(leader(of: UInt32(user)))] += 1 }
    var numbers = [UInt32](repeating: none, count: parents.count)
    var count: UInt32 = 0
    for user in parents.indices {
      let leader = Int(leader(of: UInt32(user)))
      guard sizes[leader] > 1 else { continue }
      if leader == user {
        numbers[user] = count
        count += 1
      } else {
        numbers[user] = numbers[leader]
      }
    }
    return numbers
  }
}

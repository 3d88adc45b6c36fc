extension Graph {
  /// The graph of users, numbered from 0, whose ties stand each once, in the row of its lesser user.
  ///
  /// Row `a` ends at `rowEnds[a]` and begins where the one before ends; there is one for each user. `tie` gives the greater user
  /// and the weight (not 0) of the tie at a place; within a row the greater users ascend. It is called twice for each place.
  public init(rowEnds: [Int], tie: (Int) -> (b: UInt32, weight: UInt32)) {
    let users = rowEnds.count
    // First how many lesser neighbours each user has, then where the next of them goes.
    var next = [Int](repeating: 0, count: users)
    for place in 0..<(rowEnds.last ?? 0) { next[Int(tie(place).b)] += 1 }
    var offsets = [Int](repeating: 0, count: users + 1)
    for user in 0..<users {
      let start = user == 0 ? 0 : rowEnds[user - 1]
      offsets[user + 1] = offsets[user] + next[user] + rowEnds[user] - start
      next[user] = offsets[user]
    }
    var neighbours = [UInt32](repeating: 0, count: offsets[users])
    var weights = Weights(zeros: offsets[users])
    var start = 0
    for user in 0..<users {
      // All lesser neighbours are in place already: their rows came before.
      var own = next[user]
      for place in start..<rowEnds[user] {
        let (b, weight) = tie(place)
        precondition(b > user, "a tie in the row of its greater user")
        neighbours[own] = b
        weights[own] = weight
        own += 1
        let other = next[Int(b)]
        neighbours[other] = UInt32(user)
        weights[other] = weight
        next[Int(b)] = other + 1
      }
      start = rowEnds[user]
    }
    self.init(
      offsets: offsets, neighbours: neighbours, weights: weights,
      users: [UInt32](repeating: 1, count: users))
  }
}

extension Graph {
  /// The graph of users, numbered from 0, whose ties stand each once, in the row of its lesser user.
  ///
  /// Row `a` ends at `rowEnds[a]` and begins where the one before ends; there is one for each user. `tie` gives the greater user
  /// and the weight (not 0) of the tie at a place; within a row the greater users ascend. It is called twice for each place, more
  /// often where the graph goes onto a shelf.
  public init(
    rowEnds: [Int], storage: Storage = .memory, tie: (Int) -> (b: UInt32, weight: UInt32)
  ) {
    let offsets = rowOffsets(rowEnds, tie)
    let entries = offsets[rowEnds.count]
    let rows: Rows
    if storage.shelves(entries: entries) {
      var builder = RowsBuilder(most: entries, storage)
      var first = 0
      while first < rowEnds.count {
        let window = offsets.window(from: first, entries: storage.window)
        let part = consecutiveRows(window, offsets, rowEnds, tie)
        builder.append(0..<part.count, of: part)
        first = window.upperBound
      }
      rows = builder.finish()
    } else {
      rows = consecutiveRows(0..<rowEnds.count, offsets, rowEnds, tie)
    }
    self.init(
      offsets: offsets, rows, users: [UInt32](repeating: 1, count: rowEnds.count),
      storage: storage)
  }
}

extension [Int] {
  /// Of offsets: as many rows from `first` on, at least one, as together have at most so many entries.
  func window(from first: Int, entries: Int) -> Range<Int> {
    var end = first + 1
    while end < count - 1, self[end + 1] - self[first] <= entries { end += 1 }
    return first..<end
  }
}

/// Gives the greater user of the tie at a place, and its weight.
private typealias Tie = (Int) -> (b: UInt32, weight: UInt32)

/// Where the rows of the graph begin, and where the last ends.
private func rowOffsets(_ rowEnds: [Int], _ tie: Tie) -> [Int] {
  var offsets = [Int](repeating: 0, count: rowEnds.count + 1)
  for place in 0..<(rowEnds.last ?? 0) { offsets[Int(tie(place).b) + 1] += 1 }
  for user in rowEnds.indices {
    offsets[user + 1] += offsets[user] + rowEnds[user] - (user == 0 ? 0 : rowEnds[user - 1])
  }
  return offsets
}

/// Some consecutive rows of the graph.
private func consecutiveRows(
  _ users: Range<Int>, _ offsets: [Int], _ rowEnds: [Int], _ tie: Tie
) -> Rows {
  let first = offsets[users.lowerBound]
  var rows = RowsBuilder(unset: offsets[users.upperBound] - first)
  // Where the next neighbour of each user goes; in each row the lesser ones come first.
  var next = users.map { offsets[$0] - first }
  for user in 0..<users.upperBound {
    let isOwn = user >= users.lowerBound
    // All lesser neighbours are in place already: their rows came before.
    var own = isOwn ? next[user - users.lowerBound] : 0
    for place in (user == 0 ? 0 : rowEnds[user - 1])..<rowEnds[user] {
      let (b, weight) = tie(place)
      precondition(b > user, "a tie in the row of its greater user")
      if isOwn {
        rows.set(own, b, weight)
        own += 1
      }
      guard users.contains(Int(b)) else {
        // Nothing behind it in the row of somebody else is wanted either.
        if !isOwn && b >= users.upperBound { break }
        continue
      }
      let other = next[Int(b) - users.lowerBound]
      rows.set(other, UInt32(user), weight)
      next[Int(b) - users.lowerBound] = other + 1
    }
  }
  return rows.finish()
}

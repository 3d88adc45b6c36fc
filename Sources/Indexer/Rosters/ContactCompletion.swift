import Shared

extension ContactCollector {
  /// Sorts the users, drops what turned out to be remote, and joins entries into ties.
  ///
  /// Throws if the traffic of a pair does not fit a weight; the complaint names the line.
  public consuming func finish() throws(Complaint) -> Contacts {
    rest()
    forgetMalformed()
    let advice = names.advice
    let users = SortedNames(names, isLocal: domains.isLocal, isUsed: try usedNames())
    // Nobody else may hold the tapes: they go as soon as they have been read for the last time.
    var tape = EntryTape()
    swap(&tape, &directed)
    let byDirection = try Self.ties(consume tape, users, advice, memory: memory / 2)
    let byTraffic = try Self.ties(traffic, trafficFiles, users, advice, memory: memory / 2)
    dropped[DropReason.remote.place] += byDirection.remote + byTraffic.remote
    var counts: [Contacts.Dropped] = []
    for reason in DropReason.allCases where dropped[reason.place] > 0 {
      counts.append(Contacts.Dropped(reason: reason, count: dropped[reason.place]))
    }
    return Contacts(
      users: users.names, ties: Ties.merged(byDirection.ties, replacedBy: byTraffic.ties),
      dropped: counts, firstMalformed: veryFirstMalformed)
  }

  /// Whether an entry holds the name, by its number; nothing where all names came with entries.
  private func usedNames() throws(Complaint) -> Cells<Bool> {
    guard hasForeignNames else { return Cells(count: 0, repeating: true) }
    let used = Cells<Bool>(count: names.count, repeating: false)
    for (tape, stride) in [(directed, 1), (traffic, 2)] {
      try tape.forEachPiece { words throws(Complaint) in
        var at = 0
        while at < words.count {
          let entry = Entry(word: words[at])
          used[Int(entry.owner)] = true
          used[Int(entry.contact)] = true
          at += stride
        }
      }
    }
    return used
  }

  /// One tie for each pair: its weight is the number of ways that any of its entries tells of.
  private static func ties(
    _ tape: consuming EntryTape, _ users: borrowing SortedNames, _ advice: MemoryAdvice,
    memory: Int
  ) throws(Complaint) -> (ties: Ties, remote: Int) {
    let rows = TieRows<UInt32>(
      stride: 1, advice: advice, shift: 2,
      cell: { words, at, greater, swapped in
        let ways = Entry(word: words[at]).ways
        return greater << 2 | UInt32((swapped ? ways.reversed : ways).rawValue)
      },
      join: { _, one, other in one | other })
    let made = try rows.make(tape, users.places, users: users.names.count, memory: memory)
    return (Ties(rowEnds: made.rowEnds, ways: made.cells), made.remote)
  }
}

import Shared

extension ContactCollector {
  /// One tie for each pair, its weight the sum of the pair's traffic both ways.
  ///
  /// Throws where a sum does not fit; the complaint names the line that goes too far.
  static func ties(
    _ tape: EntryTape, _ files: [(first: Int, file: String)], _ users: borrowing SortedNames,
    _ advice: MemoryAdvice, memory: Int
  ) throws(Complaint) -> (ties: Ties, remote: Int) {
    var overfull: Set<Pair> = []
    let rows = TieRows<UInt64>(
      stride: 2, advice: advice, shift: 32,
      cell: { words, at, greater, _ in UInt64(greater) << 32 | words[at + 1] >> 32 },
      join: { row, one, other in
        let greater = one >> 32
        let (sum, isTooMuch) = UInt32(truncatingIfNeeded: one).addingReportingOverflow(
          UInt32(truncatingIfNeeded: other))
        if isTooMuch { overfull.insert(Pair(lesser: row, greater: Int(greater))) }
        return greater << 32 | UInt64(isTooMuch ? .max : sum)
      })
    let made = try rows.make(tape, users.places, users: users.names.count, memory: memory)
    if !overfull.isEmpty { throw try complaint(about: overfull, tape, files, users.places) }
    return (Ties(rowEnds: made.rowEnds, weights: made.cells), made.remote)
  }

  private struct Pair: Hashable {
    let lesser: Int
    let greater: Int
  }

  /// The first line, in the order of reading, at which one of the pairs goes too far.
  private static func complaint(
    about pairs: Set<Pair>, _ tape: EntryTape, _ files: [(first: Int, file: String)],
    _ places: borrowing Cells<UInt32>
  ) throws(Complaint) -> Complaint {
    var sums: [Pair: UInt64] = [:]
    var found: (word: Int, line: UInt64)?
    var done = 0
    try tape.forEachPiece { words throws(Complaint) in
      var at = 0
      while at < words.count, found == nil {
        let entry = Entry(word: words[at])
        let ends = [Int(places[Int(entry.owner)]), Int(places[Int(entry.contact)])].sorted()
        let pair = Pair(lesser: ends[0], greater: ends[1])
        if pairs.contains(pair) {
          sums[pair, default: 0] += words[at + 1] >> 32
          if sums[pair, default: 0] > UInt64(UInt32.max) {
            found = (done + at, words[at + 1] & UInt64(UInt32.max))
          }
        }
        at += 2
      }
      done += words.count
    }
    let word = found?.word ?? 0
    let file = files.last { $0.first <= word }?.file ?? ""
    return Complaint(
      place: "\(file):\(found?.line ?? 0)",
      message: "the weights of this pair add up to more than \(UInt32.max)")
  }
}

import Shared

/// Makes ties of entries without comparing what lies far apart, and within a given memory.
///
/// 1. All entries are counted, each in the row of its lesser user, so that every row has its place.
/// 2. They are put there: only the greater user and what is said of the pair, in one cell.
/// 3. Each row, which is short, is put in order, and what it says of a pair twice is joined.
///
/// Where the rows of all users would need more memory than is given, the tape is read again for each range of users whose rows fit.
/// Entries of a pair may come in any order and number; the ties are the same.
struct TieRows<Cell: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable> {
  /// Words of an entry on the tape.
  let stride: Int
  let advice: MemoryAdvice
  /// Bits of a cell below the greater user.
  let shift: Int
  /// The cell of an entry; `swapped` says that its owner is the greater user.
  let cell: (_ words: Span<UInt64>, _ at: Int, _ greater: UInt32, _ swapped: Bool) -> Cell
  /// One cell of two that are of the same pair.
  let join: (_ row: Int, Cell, Cell) -> Cell

  struct Result {
    var rowEnds: [Int]
    var cells: [Cell]
    /// Entries left out because one of the two is not local.
    var remote = 0
  }

  /// - Parameters:
  ///   - places: The place of each name among the users; `SortedNames.remote` if it has none.
  ///   - memory: Bytes for the rows that are made at a time; the result comes on top where that is not all of them.
  func make(
    _ tape: consuming EntryTape, _ places: borrowing Cells<UInt32>, users: Int, memory: Int
  ) throws(Complaint) -> Result {
    var result = Result(rowEnds: [], cells: [])
    result.rowEnds.reserveCapacity(users)
    let lengths = Cells<UInt32>(count: users, repeating: 0, advice: advice)
    var remote = 0
    try tape.forEachPiece { words throws(Complaint) in
      forEach(words, places, remote: &remote) { lesser, _, _, _ in lengths[lesser] &+= 1 }
    }
    result.remote = remote
    let mostCells = max(memory / MemoryLayout<Cell>.stride, 1)
    // Only what is used of it takes memory; growing would copy.
    var total = 0
    for row in 0..<users { total += Int(lengths[row]) }
    if total > mostCells { result.cells.reserveCapacity(total) }
    var first = 0
    while first < users {
      var size = Int(lengths[first])
      var end = first + 1
      while end < users, size + Int(lengths[end]) <= mostCells {
        size += Int(lengths[end])
        end += 1
      }
      var cells = [Cell](repeating: 0, count: size)
      try fill(&cells, tape, places, lengths, first..<end)
      // The last reading: it would be the most memory beside the rows.
      if end == users { tape = EntryTape() }
      let isAll = end - first == users
      let kept = joinRows(
        &cells, lengths, first..<end, into: &result, from: isAll ? 0 : result.cells.count)
      cells.removeLast(cells.count - kept)
      if isAll { result.cells = cells } else { result.cells += cells }
      first = end
    }
    return result
  }

  /// Every entry between two users.
  @inline(__always)
  private func forEach(
    _ words: Span<UInt64>, _ places: borrowing Cells<UInt32>, remote: inout Int,
    _ body: (_ lesser: Int, _ greater: UInt32, _ swapped: Bool, _ at: Int) -> Void
  ) {
    var at = 0
    while at < words.count {
      let entry = Entry(word: words[at])
      let (owner, contact) = (places[Int(entry.owner)], places[Int(entry.contact)])
      if owner == SortedNames.remote || contact == SortedNames.remote {
        if entry.owner != entry.contact { remote += 1 }
      } else if owner != contact {
        body(Int(min(owner, contact)), max(owner, contact), owner > contact, at)
      }
      at += stride
    }
  }

  private func fill(
    _ cells: inout [Cell], _ tape: borrowing EntryTape, _ places: borrowing Cells<UInt32>,
    _ lengths: borrowing Cells<UInt32>, _ rows: Range<Int>
  ) throws(Complaint) {
    let next = Cells<Int>(count: rows.count, repeating: 0, advice: advice)
    var end = 0
    for row in rows {
      next[row - rows.lowerBound] = end
      end += Int(lengths[row])
    }
    var ignored = 0
    try tape.forEachPiece { words throws(Complaint) in
      var target = cells.mutableSpan
      forEach(words, places, remote: &ignored) { lesser, greater, swapped, at in
        guard rows.contains(lesser) else { return }
        let row = lesser - rows.lowerBound
        let place = next[row]
        target[place] = cell(words, at, greater, swapped)
        next[row] = place + 1
      }
    }
  }

  /// Puts each row in order and joins what is of one pair; the rows move together. The number of cells that are left.
  private func joinRows(
    _ cells: inout [Cell], _ lengths: borrowing Cells<UInt32>, _ rows: Range<Int>,
    into result: inout Result, from base: Int
  ) -> Int {
    var all = cells.mutableSpan
    var start = 0
    var kept = 0
    for row in rows {
      let end = start + Int(lengths[row])
      sortAscending(&all, start, end)
      var index = start
      while index < end {
        var joined = all[index]
        index += 1
        while index < end, all[index] >> shift == joined >> shift {
          joined = join(row, joined, all[index])
          index += 1
        }
        all[kept] = joined
        kept += 1
      }
      result.rowEnds.append(base + kept)
      start = end
    }
    return kept
  }
}

/// Longer rows are left to the standard library: up to here moving one by one is faster.
private let shortRow = 24

@inline(__always)
private func sortAscending<Cell: FixedWidthInteger>(
  _ cells: inout MutableSpan<Cell>, _ start: Int, _ end: Int
) {
  if end - start > shortRow {
    unsafe cells.withUnsafeMutableBufferPointer { unsafe $0[start..<end].sort() }
    return
  }
  var index = start + 1
  while index < end {
    let value = cells[index]
    var place = index
    while place > start, cells[place - 1] > value {
      cells[place] = cells[place - 1]
      place -= 1
    }
    cells[place] = value
    index += 1
  }
}

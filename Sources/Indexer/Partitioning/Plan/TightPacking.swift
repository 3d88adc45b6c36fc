/// Packs sizes (largest first) into bins that hold at most `limits` with no regard to evenness; nil for what found no place.
///
/// Bin packing is hard (NP-complete); these are, from cheap to dear: best fit, which is enough when there are many
/// small sizes; filling bin after bin as full as can be (subset sums, in several random orders); and for
/// few sizes a search through all packings, bounded. The packing that leaves fewest sizes over is taken.
func packTightly(
  _ sizes: [Int], limits: [Int], generator: inout Generator
) -> [Int?] {
  var best = bestFit(sizes, limits: limits)
  func unplaced(_ placed: [Int?]) -> Int { placed.count { $0 == nil } }
  guard unplaced(best) > 0 else { return best }
  for attempt in 0..<PackingEffort.fillings(of: Set(sizes).count, limits: limits) {
    let filled = fillUp(sizes, limits: limits, shuffled: attempt > 0, generator: &generator)
    if unplaced(filled) < unplaced(best) { best = filled }
    if unplaced(best) == 0 { return best }
  }
  return allPackings(sizes, limits: limits) ?? best
}

/// How much work packing does, counted.
private enum PackingEffort {
  /// Attempts at filling bins with subset sums, the first from the largest sizes down, the others shuffled.
  private static let mostFillings = 24.0
  /// Entries of the tables (distinct sizes x limits of all bins) of all attempts: some seconds.
  private static let fillingWork = 4e9
  /// Steps of the search through all packings.
  private static let mostSteps = 2_000_000
  /// Comparisons of bins in all steps: well under a second.
  private static let searchWork = 1 << 28

  static func fillings(of distinct: Int, limits: [Int]) -> Int {
    Int(min(mostFillings, fillingWork / (Double(distinct) * Double(limits.reduce(0, +)))))
  }

  static func steps(bins: Int) -> Int {
    min(mostSteps, searchWork / max(1, min(bins, 1 << 16) * min(bins, 1 << 16)))
  }
}

/// Each size into the fullest bin in which it fits.
private func bestFit(_ sizes: [Int], limits: [Int]) -> [Int?] {
  // Bins by the room they have left; the least room that is enough is found by looking upwards.
  var byRoom: [Int: [Int]] = [:]
  for bin in limits.indices.reversed() { byRoom[limits[bin], default: []].append(bin) }
  var rooms = Set(limits).sorted()  // ascending, each with at least one bin
  return sizes.map { size in
    var (low, high) = (0, rooms.count)
    while low < high {
      let middle = (low + high) / 2
      if rooms[middle] < size { low = middle + 1 } else { high = middle }
    }
    guard low < rooms.count, let bin = byRoom[rooms[low]]?.popLast() else { return nil }
    let room = rooms[low]
    if byRoom[room]?.isEmpty == true {
      byRoom[room] = nil
      rooms.remove(at: low)
    }
    let left = room - size
    if byRoom[left] == nil {
      rooms.insert(left, at: rooms.firstIndex { $0 > left } ?? rooms.count)
    }
    byRoom[left, default: []].append(bin)
    return bin
  }
}

/// Fills one bin after the other, the largest first, as full as the sizes left allow, the largest that fits always among them.
private func fillUp(
  _ sizes: [Int], limits: [Int], shuffled: Bool, generator: inout Generator
) -> [Int?] {
  var placed = [Int?](repeating: nil, count: sizes.count)
  var left: [Int: [Int]] = [:]  // indices by size
  for index in sizes.indices.reversed() { left[sizes[index], default: []].append(index) }
  var distinct = left.keys.sorted(by: >)
  for bin in limits.indices.sorted(by: { (limits[$1], $0) < (limits[$0], $1) }) {
    let limit = limits[bin]
    guard let largest = distinct.first(where: { $0 <= limit && left[$0]?.isEmpty == false }) else {
      continue
    }
    var order = distinct.filter { left[$0]?.isEmpty == false }
    distinct = order
    if shuffled { generator.shuffle(&order) }
    var taken = [largest]
    let counts = order.map { (left[$0]?.count ?? 0) - ($0 == largest ? 1 : 0) }
    taken += fullestSubset(order, counts: counts, limit: limit - largest)
    for size in taken {
      if let index = left[size]?.popLast() { placed[index] = bin }
    }
  }
  return placed
}

/// Sizes whose sum comes closest to `limit` from below; size `sizes[i]` at most `counts[i]` times.
private func fullestSubset(_ sizes: [Int], counts: [Int], limit: Int) -> [Int] {
  var last = [Int](repeating: -1, count: limit + 1)  // a size by which each sum is reached
  var greatest = 0
  for (index, size) in sizes.enumerated() where counts[index] > 0 && size <= limit {
    var used = [Int](repeating: 0, count: limit + 1)
    for sum in size...limit where last[sum] < 0 {
      let before = sum - size
      guard before == 0 || last[before] >= 0, used[before] < counts[index] else { continue }
      used[sum] = used[before] + 1
      last[sum] = size
      greatest = max(greatest, sum)
    }
    if greatest == limit { break }
  }
  var taken: [Int] = []
  while greatest > 0 {
    taken.append(last[greatest])
    greatest -= last[greatest]
  }
  return taken
}

/// Looks through all packings, largest size first, bins with equal room only once. Nil if there is none or the search
/// became too long.
private func allPackings(_ sizes: [Int], limits: [Int]) -> [Int?]? {
  var rooms = limits
  var choice = [Int](repeating: -1, count: sizes.count)
  guard sizes.reduce(0, +) <= limits.reduce(0, +) else { return nil }
  var index = 0
  for _ in 0..<PackingEffort.steps(bins: limits.count) {
    guard index < sizes.count else { return choice }
    if choice[index] >= 0 { rooms[choice[index]] += sizes[index] }
    let next = (choice[index] + 1..<limits.count).first { bin in
      rooms[bin] >= sizes[index] && !rooms[..<bin].contains(rooms[bin])
    }
    if let next {
      choice[index] = next
      rooms[next] -= sizes[index]
      index += 1
    } else {
      choice[index] = -1
      index -= 1
      if index < 0 { return nil }
    }
  }
  return nil
}

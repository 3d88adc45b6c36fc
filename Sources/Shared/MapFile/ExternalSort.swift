import Shared

/// Puts any number of users in order with bounded memory.
///
/// 1. What does not fit in memory is written to disk in sorted runs.
/// 2. `fanIn` runs of a level are merged to one of the next, so that never more than `fanIn` a level
///    exist, each level `fanIn` times as long.
/// 3. At the end all that are left are merged.
public final class ExternalSort {
  /// Bytes of a run in memory: with what sorting and merging take on top it stays under 100 MiB.
  public static let defaultMemory = 48 << 20
  /// Runs merged at once: each has a file and a buffer of 256 KiB.
  static let fanIn = 64

  private let directory: String
  private let memory: Int
  private var run = SortRun()
  private var levels: [[RunFile]] = []

  init(directory: String, memory: Int) {
    self.directory = directory
    self.memory = memory
  }

  func add(_ user: Span<UInt8>, _ partition: Partition, line: Int) throws(CompilationError) {
    run.add(user, partition, line: line)
    if run.memory >= memory { try store() }
  }

  /// All users, by bytes and then by line. The sort is empty afterwards.
  func forEach(
    _ body: (_ user: Span<UInt8>, _ partition: Partition, _ line: Int) throws(CompilationError) ->
      Void
  ) throws(CompilationError) {
    if levels.isEmpty {
      run.sort()
      try run.forEach(body)
      return
    }
    if !run.isEmpty { try store() }
    run = SortRun()
    // Level by level, so that never more than two levels are open for reading at once.
    var left: [RunFile] = []
    for level in levels {
      if left.count + level.count > Self.fanIn { left = [try merged(left)] }
      left += level
    }
    levels = []
    try merge(left, body)
  }

  private func store() throws(CompilationError) {
    run.sort()
    let file = try RunFile(in: directory)
    try run.forEach { (user, partition, line) throws(CompilationError) in
      try file.write(user, partition, line: line)
    }
    try file.rewind()
    run.removeAll()

    var carried = file
    for level in 0... {
      if level == levels.count { levels.append([]) }
      levels[level].append(carried)
      if levels[level].count < Self.fanIn { return }
      carried = try merged(levels[level])
      levels[level] = []
    }
  }

  private func merged(_ runs: [RunFile]) throws(CompilationError) -> RunFile {
    let file = try RunFile(in: directory)
    try merge(runs) { (user, partition, line) throws(CompilationError) in
      try file.write(user, partition, line: line)
    }
    try file.rewind()
    return file
  }

  private func merge(
    _ runs: [RunFile],
    _ body: (_ user: Span<UInt8>, _ partition: Partition, _ line: Int) throws(CompilationError) ->
      Void
  ) throws(CompilationError) {
    var heap = RunHeap()
    for run in runs where try run.read() { heap.insert(run) }
    while let first = heap.first {
      try body(first.user.span, first.partition, first.line)
      heap.replaceFirst(isLeft: try first.read())
    }
  }
}

/// Runs with their current records; the least record comes first.
private struct RunHeap {
  private var runs: [RunFile] = []

  var first: RunFile? { runs.first }

  mutating func insert(_ run: RunFile) {
    runs.append(run)
    var child = runs.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(child, parent) else { return }
      runs.swapAt(child, parent)
      child = parent
    }
  }

  /// The first run has another record now, or none.
  mutating func replaceFirst(isLeft: Bool) {
    if !isLeft {
      runs.swapAt(0, runs.count - 1)
      runs.removeLast()
    }
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < runs.count {
        if precedes(child, least) { least = child }
      }
      if least == parent { return }
      runs.swapAt(parent, least)
      parent = least
    }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool {
    let (userOfA, userOfB) = (runs[a].user, runs[b].user)
    let order = ByteOrder.compare(userOfA.span, userOfB.span)
    return order == 0 ? runs[a].line < runs[b].line : order < 0
  }
}

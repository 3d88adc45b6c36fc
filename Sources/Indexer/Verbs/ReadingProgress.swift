import Rosters

/// How far reading has come, in words.
struct ReadingProgress {
  private let clock = WorkClock()
  /// Bytes of all inputs; nil where nobody can tell.
  private let total: UInt64?

  /// A directory of more files is not looked through twice.
  private static let mostFiles = 10_000

  init(paths: [String]) { total = Self.size(of: paths) }

  /// "116 of 579 MiB of rosters read, 12 s left"
  func words(done: UInt64) -> String {
    // What files include is not in the total.
    guard let total, total >= done, done > 0 else { return "\(done >> 20) MiB of rosters read" }
    let left = clock.left(done: Double(done) / Double(total))
    return "\(done >> 20) of \(total >> 20) MiB of rosters read, \(left) left"
  }

  private static func size(of paths: [String]) -> UInt64? {
    var size: UInt64 = 0
    for path in paths {
      guard path != "-" else { return nil }
      if let state = FileState(path: path) {
        size += state.size
        continue
      }
      guard let names = try? ByteSource.names(inDirectory: path) else { return nil }
      let rosters = names.filter(RosterFiles.isRoster)
      guard rosters.count <= mostFiles else { return nil }
      size += rosters.reduce(0) { $0 + (FileState(path: "\(path)/\($1)")?.size ?? 0) }
    }
    return size
  }
}

import Rosters

/// How far reading has come, in words.
struct ReadingProgress {
  private let begun = ContinuousClock.now
  /// Bytes of all inputs; nil where nobody can tell.
  private let total: UInt64?

  /// A directory of more files is not looked through twice.
  private static let mostFiles = 10_000

  init(paths: [String]) { total = Self.size(of: paths) }

  /// "116 of 579 MiB of rosters read, 12 s left"
  func words(done: UInt64) -> String {
    // What files include is not in the total.
    guard let total, total >= done, done > 0 else { return "\(done >> 20) MiB of rosters read" }
    let passed = begun.duration(to: .now)
    let left = passed * (Double(total - done) / Double(done))
    return "\(done >> 20) of \(total >> 20) MiB of rosters read, \(Self.words(left)) left"
  }

  /// Rounded up: seconds, from two minutes on minutes, from two hours on hours.
  private static func words(_ duration: Duration) -> String {
    let seconds = duration.components.seconds + 1
    if seconds < 120 { return "\(seconds) s" }
    if seconds < 7200 { return "\((seconds + 59) / 60) min" }
    return "\((seconds + 3599) / 3600) h"
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

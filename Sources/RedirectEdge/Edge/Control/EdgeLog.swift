import Glibc
import Logging
import Routing
import Shared

/// The edge's log: text or JSON lines on standard error, one `write` each, so that workers need no lock.
///
/// Users appear only at level `debug` or below, and only as a keyed hash: the key is the process's own, so that lines of
/// one run can be connected and nobody can be looked up.
struct EdgeLog: Sendable {
  let level: Logger.Level
  let isJSON: Bool
  private let key: (UInt64, UInt64)
  private let sink = LogSink()

  init(level: Logger.Level, isJSON: Bool, key: (UInt64, UInt64)) {
    self.level = level
    self.isJSON = isJSON
    self.key = key
  }

  /// Writes one line: a message and what goes with it.
  func write(_ level: Logger.Level, _ message: String, _ fields: [(String, String)] = []) {
    guard level >= self.level else { return }
    sink.write(line(level, message, fields)) { lost in
      line(.warning, "log lines were lost", [("lines", "\(lost)")])
    }
  }

  private func line(_ level: Logger.Level, _ message: String, _ fields: [(String, String)])
    -> String
  {
    isJSON ? jsonLine(level, message, fields) : textLine(level, message, fields)
  }

  /// A user, as a log may show it.
  func pseudonym(_ user: [UInt8]) -> String {
    let hash = SipHash.hash24(user.span, key: key)
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private func textLine(_ level: Logger.Level, _ message: String, _ fields: [(String, String)])
    -> String
  {
    var line = "\(Timestamp.now()) \(level) \(message)"
    for (name, value) in fields { line += " \(name)=\(value)" }
    return line.replacing(controlsWith: " ") + "\n"
  }

  private func jsonLine(_ level: Logger.Level, _ message: String, _ fields: [(String, String)])
    -> String
  {
    var line =
      "{\"time\":\"\(Timestamp.now())\",\"level\":\"\(level)\",\"message\":\"\(message.jsonEscaped)\""
    for (name, value) in fields { line += ",\"\(name.jsonEscaped)\":\"\(value.jsonEscaped)\"" }
    return line + "}\n"
  }
}

/// The time as logs show it: RFC 3339, UTC, milliseconds.
enum Timestamp {
  static func now() -> String {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    var parts = unsafe tm()
    unsafe gmtime_r(&time.tv_sec, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let milliseconds = String(1000 + time.tv_nsec / 1_000_000).dropFirst()
    let date = unsafe "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    let clock = unsafe "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    return "\(date)T\(clock).\(milliseconds)Z"
  }
}

extension String {
  /// Foreign text in a line of the log stays one line.
  fileprivate func replacing(controlsWith replacement: Character) -> String {
    String(
      map { $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f } ? replacement : $0 })
  }
}

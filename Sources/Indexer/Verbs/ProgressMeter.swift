import Glibc
import MapFile

/// Progress on standard error, once a step has taken more than a second.
final class ProgressMeter {
  /// Between two lines: on a terminal each overwrites the one before.
  private static let terminalInterval = Duration.seconds(1)
  /// Elsewhere they stay, in a log.
  private static let logInterval = Duration.seconds(10)

  private let isTerminal = isatty(STDERR_FILENO) == 1
  private var next: ContinuousClock.Instant
  private var hasLine = false

  init() {
    next = ContinuousClock.now + .seconds(1)
  }

  /// Shows `words` if it is time to.
  func show(_ words: @autoclosure () -> String) {
    let now = ContinuousClock.now
    if now < next { return }
    next = now + (isTerminal ? Self.terminalInterval : Self.logInterval)
    write(isTerminal ? "\r\u{1B}[K\(words())" : "\(words())\n")
    hasLine = isTerminal
  }

  /// Takes the last line away from the terminal.
  func finish() {
    if hasLine { write("\r\u{1B}[K") }
    hasLine = false
  }

  private func write(_ text: String) {
    _ = Descriptor.writeAll(Array(text.utf8).span, to: STDERR_FILENO)
  }
}

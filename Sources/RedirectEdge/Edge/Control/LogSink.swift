import Glibc
import Synchronization

/// Where log lines go: standard error, without ever waiting for whoever reads it. A line that it does not take at once is
/// lost and counted: an edge must not stand still because its log does.
final class LogSink: Sendable {
  /// Our own open file on what standard error is, so that not blocking is our affair only; or standard error itself,
  /// where it cannot be opened again (a socket, for example).
  private let descriptor: Int32
  private let isOwn: Bool
  private let lost = Atomic<Int>(0)

  init() {
    let own = unsafe open(
      "/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    isOwn = own >= 0
    descriptor = isOwn ? own : STDERR_FILENO
  }

  deinit {
    if isOwn { close(descriptor) }
  }

  /// Writes one line, or counts it as lost; after a line that got through, the line that `report` makes of how many did
  /// not.
  func write(_ line: String, report: (Int) -> String) {
    guard put(line) else {
      lost.wrappingAdd(1, ordering: .relaxed)
      return
    }
    let count = lost.exchange(0, ordering: .relaxed)
    if count > 0, !put(report(count)) { lost.wrappingAdd(count, ordering: .relaxed) }
  }

  private func put(_ line: String) -> Bool {
    guard isOwn || isReady() else { return false }
    var line = line
    return line.withUTF8 { bytes in
      unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
    }
  }

  private func isReady() -> Bool {
    var question = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return unsafe poll(&question, 1, 0) == 1 && question.revents & Int16(POLLOUT) != 0
  }
}

import Glibc
import Testing

@testable import RedirectEdge

/// What a socket did not take leaves in order, however little it takes at a time.
@Suite struct BacklogTests {
  @Test func bytesLeaveInOrder() {
    var pair: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
    #expect(socketpair(AF_UNIX, type, 0, &pair) == 0)
    defer { pair.forEach { close($0) } }
    let all = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    var backlog = Backlog()
    all.withUnsafeBytes { bytes in
      // In parts, so that it grows.
      for start in stride(from: 0, to: bytes.count, by: 1_000_000) {
        backlog.append(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + 1_000_000)]))
      }
    }
    var received: [UInt8] = []
    var waits = 0
    var buffer = [UInt8](repeating: 0, count: 100_000)
    while true {
      while !backlog.isEmpty {
        guard backlog.send(to: pair[0]) != .wait else {
          waits += 1
          break
        }
      }
      if backlog.isEmpty { break }
      let count = read(pair[1], &buffer, buffer.count)
      if count > 0 { received += buffer[..<count] }
    }
    while true {
      let count = read(pair[1], &buffer, buffer.count)
      guard count > 0 else { break }
      received += buffer[..<count]
    }
    #expect(received == all)
    #expect(waits > 0)
  }

  @Test func whoIsGoneTakesNothing() {
    var pair: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
    #expect(socketpair(AF_UNIX, type, 0, &pair) == 0)
    close(pair[1])
    defer { close(pair[0]) }
    var backlog = Backlog()
    [1, 2, 3].withUnsafeBytes { backlog.append($0) }
    let result = backlog.send(to: pair[0])
    #expect(result == .failed)
    backlog.clear()
    let isEmpty = backlog.isEmpty
    #expect(isEmpty)
  }
}

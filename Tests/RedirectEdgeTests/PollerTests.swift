import Glibc
import Testing

@testable import RedirectEdge

/// What epoll carries for us comes back as what it was.
@Suite struct PollerTests {
  @Test(
    arguments: [
      (0, 0), (1, 77), (123_456, 0x7fff_ffff), (0x7fff_ffff, 1),
      (0x7fff_ffff, 0x7fff_ffff),
    ] as [(Int, UInt32)])
  func connectionsComeBack(_ slot: Int, _ use: UInt32) throws {
    let poller = try Poller()
    var pair: [Int32] = [0, 0]
    #expect(pipe(&pair) == 0)
    defer { pair.forEach { close($0) } }
    #expect(poller.watch(connection: pair[1], slot: slot, use: use))
    #expect(poller.wait(timeout: 1000) == 1)
    let event = poller.event(0)
    guard case .connection(slot: slot, use: use) = event.source else {
      Issue.record("\(event)")
      return
    }
    #expect(event.isWritable)
  }

  /// A client's place tells its node's side too.
  @Test(
    arguments: [(0, 0), (1, 77), (0x7fff_ffff, 0x7fff_ffff)] as [(Int, UInt32)])
  func nodesComeBack(_ slot: Int, _ use: UInt32) throws {
    let poller = try Poller()
    var pair: [Int32] = [0, 0]
    #expect(pipe(&pair) == 0)
    defer { pair.forEach { close($0) } }
    #expect(poller.watch(node: pair[1], slot: slot, use: use))
    #expect(poller.wait(timeout: 1000) == 1)
    let event = poller.event(0)
    guard case .node(slot: slot, use: use) = event.source else {
      Issue.record("\(event)")
      return
    }
    #expect(event.isWritable && !event.isBroken)
  }

  /// A slot that is used for ever never looks like a listener.
  @Test func useCountsGoRound() {
    #expect(Poller.next(use: 0) == 1)
    #expect(Poller.next(use: UInt32.max >> 1) == 0)
    #expect(Poller.next(use: UInt32.max) == 0)
  }

  @Test func pausedListenersAreSilent() throws {
    let poller = try Poller()
    var pair: [Int32] = [0, 0]
    #expect(pipe(&pair) == 0)
    defer { pair.forEach { close($0) } }
    try poller.watch(listener: pair[0], number: 3)
    var byte: UInt8 = 1
    #expect(write(pair[1], &byte, 1) == 1)
    #expect(poller.wait(timeout: 1000) == 1)
    guard case .listener(3) = poller.event(0).source else {
      Issue.record("\(poller.event(0))")
      return
    }
    poller.pause(listener: pair[0], number: 3, true)
    #expect(poller.wait(timeout: 0) == 0)
    poller.pause(listener: pair[0], number: 3, false)
    #expect(poller.wait(timeout: 1000) == 1)
  }
}

import Glibc
import Routing
import Testing

@testable import RedirectEdge

/// Real sockets, both ends on one loop.
@Suite(.serialized) struct LinkTests {
  @Test func bytesGoBothWaysAndTheEndComesAfterTheLast() throws {
    let loop = try LinkLoop()
    let (near, far) = try loop.pair()
    // More than any socket buffer takes at once.
    let much = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    near.onOpened = {
      $0.send(much)
      $0.endOutput()
    }
    far.onEnded = { _ in }
    #expect(loop.turn { far.isClosed })
    #expect(far.bytes == much)
    #expect(far.happened == ["received", "ended: the connection was ended"])
    #expect(near.happened.first == "opened")
    #expect(loop.turn { near.isClosed })
    #expect(loop.count == 0)
  }

  @Test func ipv6() throws {
    let loop = try LinkLoop()
    let door = Door("::1")
    let near = try Recorder(loop, descriptor: door.address.connect()!, isConnected: false)
    let far = try Recorder(loop, descriptor: door.accept(), isConnected: true)
    near.onOpened = { $0.send([1, 2, 3]) }
    #expect(loop.turn { far.bytes == [1, 2, 3] })
  }

  @Test func nobodyListens() throws {
    let loop = try LinkLoop()
    let address = Door().address
    let descriptor = address.connect()!
    let link = try Recorder(loop, descriptor: descriptor, isConnected: false)
    #expect(loop.turn { link.isClosed })
    #expect(link.happened == ["ended: Connection refused"])
    #expect(!isOpen(descriptor))
    #expect(loop.count == 0)
  }

  @Test func whoDoesNotReadIsClogged() throws {
    let loop = try LinkLoop()
    let door = Door()
    let link = try Recorder(loop, descriptor: door.address.connect()!, isConnected: false)
    let deaf = door.accept()
    defer { close(deaf) }
    #expect(loop.turn { link.isOpen })
    let block = [UInt8](repeating: 7, count: 256 * 1024)
    // The kernel's own buffers take some MiB first.
    for _ in 0..<1000 where link.isOpen { link.send(block) }
    #expect(link.happened == ["opened", "ended: it does not read what is sent"])
    link.send(block)
    link.endOutput()
    link.close()
    #expect(link.happened.count == 2)
  }

  /// Whatever a link is told, it may close itself, and then it is told nothing more.
  @Test(arguments: ["opened", "received", "expired", "ended"])
  func closingInside(_ place: String) throws {
    let loop = try LinkLoop()
    let (near, far) = try loop.pair()
    let close: (Recorder) -> Void = {
      $0.close()
      // Nothing of this may do anything.
      $0.send([1])
      $0.endOutput()
      $0.setDeadline(0)
      $0.close()
    }
    far.send([UInt8](repeating: 1, count: 100_000))
    switch place {
    case "opened": near.onOpened = close
    case "received": near.onReceived = close
    case "expired":
      near.onExpired = close
      near.setDeadline(Clock.milliseconds())
    default:
      far.endOutput()
      near.onEnded = close
    }
    #expect(loop.turn { near.isClosed })
    let before = near.happened
    #expect(before.last?.hasPrefix(place) == true)
    _ = loop.turn(seconds: 1) { far.isClosed }
    #expect(near.happened == before)
  }

  @Test func aNewLinkInAnOldSlotHasNoOldDeadline() throws {
    let loop = try LinkLoop()
    let (near, far) = try loop.pair()
    #expect(loop.turn { near.isOpen })
    near.setDeadline(Clock.milliseconds() + 100)
    let slot = near.slot
    near.close()
    #expect(loop.turn { far.isClosed })
    let (third, fourth) = try loop.pair()
    #expect([third.slot, fourth.slot].contains(slot))
    let later = Clock.milliseconds() + 300
    _ = loop.turn { Clock.milliseconds() > later }
    #expect(!third.happened.contains("expired"))
    #expect(!fourth.happened.contains("expired"))
  }

  /// The sender is as fast as we are, or faster: there is always something to read.
  @Test func whoSendsWithoutEndKeepsNobodyWaiting() throws {
    let loop = try LinkLoop()
    let door = Door()
    let flooded = try Recorder(loop, descriptor: door.address.connect()!, isConnected: false)
    let flood = door.accept(nonBlocking: false)
    var seen = 0
    flooded.onReceived = {
      seen += $0.bytes.count
      $0.bytes = []
    }
    try WorkerThread.start(name: "flood") {
      let block = [UInt8](repeating: 0x20, count: 64 * 1024)
      while block.withUnsafeBytes({ send(flood, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) })
        > 0
      {}
      close(flood)
    }
    let (near, far) = try loop.pair()
    far.send([42])
    near.setDeadline(Clock.milliseconds() + 200)
    #expect(loop.turn { near.bytes == [42] && near.happened.contains("expired") && seen > 1 << 20 })
    // And what was left over is not lost.
    let before = seen
    #expect(loop.turn { seen > before + 1 << 20 })
    flooded.close()
  }

  @Test func aLoopThatGoesClosesItsLinks() throws {
    let door = Door()
    var loop: LinkLoop? = try LinkLoop()
    let descriptor = door.address.connect()!
    var link: Recorder? = try Recorder(loop!, descriptor: descriptor, isConnected: false)
    let other = door.accept(nonBlocking: false)
    defer { close(other) }
    #expect(loop!.turn { link!.isOpen })
    loop = nil
    #expect(!isOpen(descriptor))
    #expect(link!.isClosed)
    link!.close()
    #expect(link!.happened == ["opened"])
    link = nil
    var byte: UInt8 = 0
    #expect(recv(other, &byte, 1, 0) == 0)
  }
}

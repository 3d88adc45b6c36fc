import Glibc
import Routing
import Shared
import Testing

@testable import RedirectEdge

/// A listener that is to close loses nobody whom the kernel has greeted, and greets nobody new, in both ways that it has.
@Suite(.serialized) struct ListeningSocketTests {
  /// A client's socket that connects without waiting.
  final class Client {
    let descriptor: Int32

    init(_ address: HostPort) throws {
      descriptor = socket(
        AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
      var target = sockaddr_in(
        sin_family: sa_family_t(AF_INET), sin_port: address.port.bigEndian,
        sin_addr: in_addr(s_addr: UInt32(0x7f00_0001).bigEndian),
        sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
      withUnsafePointer(to: &target) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }

    deinit { close(descriptor) }

    /// Whether the connection stands within `milliseconds`.
    func isConnected(within milliseconds: Int32) -> Bool {
      var question = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      return poll(&question, 1, milliseconds) == 1
        && question.revents & Int16(POLLERR | POLLHUP) == 0
    }

    func say(_ text: StaticString) -> Bool {
      send(descriptor, text.utf8Start, text.utf8CodeUnitCount, Int32(MSG_NOSIGNAL))
        == text.utf8CodeUnitCount
    }
  }

  static func freePort() -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  static func accept(_ listener: ListeningSocket, within milliseconds: Int) -> Int32? {
    var address = sockaddr_storage()
    for _ in 0..<(milliseconds / 5) {
      if let descriptor = listener.accept(from: &address) { return descriptor }
      usleep(5000)
    }
    return nil
  }

  /// All that can be read within `milliseconds`.
  static func read(_ descriptor: Int32, within milliseconds: Int32) -> [UInt8] {
    var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&question, 1, milliseconds) == 1 else { return [] }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, count)))
  }

  @Test(arguments: [true, false])
  func greetedClientsComeInAndNewOnesDoNot(withFilter: Bool) throws {
    let address = try #require(HostPort("127.0.0.1:\(Self.freePort())", defaultPort: nil))
    var listener = try ListeningSocket(address)
    let greeted = try Client(address)
    #expect(greeted.isConnected(within: 1000))
    listener.refuseNewClients(withFilter: withFilter)

    let late = try Client(address)
    #expect(!late.isConnected(within: 300))

    // It has said nothing before the listener was told to close: its first bytes must bring it in.
    #expect(greeted.say("first"))
    let first = try #require(Self.accept(listener, within: 2000))
    defer { close(first) }
    #expect(Self.read(first, within: 2000) == Array("first".utf8))
    // And it goes on like any other: what keeps new clients out does not follow it.
    #expect(greeted.say("second"))
    #expect(Self.read(first, within: 2000) == Array("second".utf8))

    // Another process on the same address takes over whoever could not come in.
    let next = try ListeningSocket(address)
    defer { close(next.descriptor) }
    close(listener.descriptor)
    #expect(late.isConnected(within: 4000))
    #expect(late.say("late"))
    let second = try #require(Self.accept(next, within: 4000))
    #expect(Self.read(second, within: 1000) == Array("late".utf8))
    close(second)
  }

  @Test func anAddressInUseIsAnError() throws {
    let address = try #require(HostPort("127.0.0.1:\(Self.freePort())", defaultPort: nil))
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var taken = sockaddr_in()
    taken.sin_family = sa_family_t(AF_INET)
    taken.sin_port = address.port.bigEndian
    taken.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    withUnsafePointer(to: &taken) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    listen(descriptor, 1)
    let error = #expect(throws: SystemError.self) { try ListeningSocket(address) }
    #expect(error?.description.contains("\(address)") == true)
  }
}

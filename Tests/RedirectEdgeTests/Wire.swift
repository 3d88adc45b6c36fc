import Glibc
import Routing
import Shared

@testable import RedirectEdge

/// A link that notes what happens to it.
final class Recorder: Link {
  var happened: [String] = []
  var bytes: [UInt8] = []
  var onOpened: (Recorder) -> Void = { _ in }
  var onSecured: (Recorder) -> Void = { _ in }
  var onReceived: (Recorder) -> Void = { _ in }
  var onEnded: (Recorder) -> Void = { _ in }
  var onExpired: (Recorder) -> Void = { _ in }

  override func opened() {
    happened.append("opened")
    onOpened(self)
  }

  override func secured() {
    happened.append("secured")
    onSecured(self)
  }

  override func received(_ bytes: Span<UInt8>) {
    if happened.last != "received" { happened.append("received") }
    for index in bytes.indices { self.bytes.append(bytes[index]) }
    onReceived(self)
  }

  override func ended(_ end: End) {
    happened.append("ended: \(end)")
    onEnded(self)
  }

  override func expired() {
    happened.append("expired")
    onExpired(self)
  }
}

/// A listening socket of this machine, with an address of its own.
final class Door {
  let descriptor: Int32
  let address: SocketAddress
  let host: HostPort

  init(_ ip: String = "127.0.0.1") {
    let isIPv6 = ip.contains(":")
    let descriptor = socket(
      isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var storage = sockaddr_storage()
    var length = socklen_t(
      isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &storage) { pointer in
      if isIPv6 {
        pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          $0.pointee.sin6_family = sa_family_t(AF_INET6)
          $0.pointee.sin6_addr = in6addr_loopback
        }
      } else {
        pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          $0.pointee.sin_family = sa_family_t(AF_INET)
          $0.pointee.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        }
      }
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    _ = listen(descriptor, 16)
    self.descriptor = descriptor
    // The port stands at the same place in both families.
    let port = withUnsafeBytes(of: &storage) {
      UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))
    }
    host = HostPort(isIPv6 ? "[\(ip)]:\(port)" : "\(ip):\(port)", defaultPort: nil)!
    address = SocketAddress(literal: host)!
  }

  deinit { close(descriptor) }

  /// Takes one connection in; blocks until there is one.
  func accept(nonBlocking: Bool = true) -> Int32 {
    let taken = Glibc.accept(descriptor, nil, nil)
    if nonBlocking { _ = fcntl(taken, F_SETFL, fcntl(taken, F_GETFL) | O_NONBLOCK) }
    return taken
  }
}

extension LinkLoop {
  /// Turns until `isDone`, at most some seconds; whether it was.
  func turn(seconds: Int64 = 20, until isDone: () -> Bool) -> Bool {
    let end = Clock.milliseconds() + seconds * 1000
    while !isDone() {
      guard Clock.milliseconds() < end else { return false }
      turn(until: Clock.milliseconds() + 50, mail: {})
    }
    return true
  }

  /// Both ends of one connection.
  func pair() throws -> (near: Recorder, far: Recorder) {
    let door = Door()
    let near = try Recorder(self, descriptor: door.address.connect()!, isConnected: false)
    let far = try Recorder(self, descriptor: door.accept(), isConnected: true)
    return (near, far)
  }
}

/// Whether a descriptor of this process is open.
func isOpen(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) >= 0 }

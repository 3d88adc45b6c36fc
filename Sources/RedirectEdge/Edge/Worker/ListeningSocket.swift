import CLinux
import Glibc
import Routing
import Shared

/// A listening socket of one worker. Every worker has its own for the same address (`SO_REUSEPORT`): the kernel
/// spreads the clients, and nothing is shared.
///
/// The descriptor is the worker's to close; the control plane opens it, so that an address that cannot be had is
/// an error before anything is changed.
struct ListeningSocket: Sendable {
  let descriptor: Int32
  let address: HostPort
  /// New clients are kept out by hop limits; accepted sockets inherit them and must be freed of them.
  private var limitsHops = false

  /// Clients the kernel holds for us: as many as it allows (`net.core.somaxconn`).
  private static let backlog: Int32 = 65535
  /// Seconds that the kernel waits for a client's first bytes before we hear of it: a client speaks first, so
  /// the first read finds the stream header, and one system call and one wake-up are spared.
  private static let deferSeconds: Int32 = 3

  /// Opens, binds and listens; `address.host` is an IP literal.
  init(_ address: HostPort) throws(SystemError) {
    self.address = address
    var (storage, length) = try Self.socketAddress(address)
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    descriptor = socket(Int32(storage.ss_family), type, 0)
    guard descriptor >= 0 else { throw SystemError("socket", address.description) }
    Socket.set(descriptor, Int(SOL_SOCKET), SO_REUSEADDR, 1)
    guard Socket.set(descriptor, Int(SOL_SOCKET), SO_REUSEPORT, 1) else {
      throw failure("SO_REUSEPORT")
    }
    // Inherited by every accepted socket: our flights are whole, Nagle would only delay them.
    Socket.set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1)
    Socket.set(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, Self.deferSeconds)
    let bound = unsafe withUnsafePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, length)
      }
    }
    guard bound == 0 else { throw failure("bind") }
    guard listen(descriptor, Self.backlog) == 0 else { throw failure("listen") }
  }

  private func failure(_ call: String) -> SystemError {
    let error = SystemError(call, address.description)
    Glibc.close(descriptor)
    return error
  }

  /// Takes one client, if one waits. The accepted socket does not block.
  func accept(from: inout sockaddr_storage) -> Int32? {
    while true {
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let client = unsafe withUnsafeMutablePointer(to: &from) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe accept4(
            descriptor, $0, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
        }
      }
      if client >= 0 {
        if limitsHops { Self.limitHops(client, to: 0) }
        return client
      }
      // ECONNABORTED: the client went away while it waited; the next may still be there.
      guard errno == EINTR || errno == ECONNABORTED else { return nil }
    }
  }

  /// Lets no new client in, while those that the kernel has greeted already still arrive.
  ///
  /// Closing a listener resets every client in its queue and every one whose greeting is under way, even when another
  /// process listens on the same address. A socket filter that drops new SYNs first makes the end lossless:
  /// those clients' SYNs come again a second later and find the other process. (Sockets accepted from here
  /// inherit the filter; a SYN never comes on them.)
  ///
  /// Where the kernel has no room for an unprivileged filter (`net.core.bpf_jit_limit`), a hop limit that only
  /// neighbours could reach (RFC 5082) does the same: it is not asked of clients whose greeting is under way.
  mutating func refuseNewClients(withFilter: Bool = true) {
    // Whoever is greeted from here on comes in without waiting for his first bytes.
    Socket.set(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, 0)
    if withFilter, dropNewSYNs() { return }
    Self.limitHops(descriptor, to: 255)
    limitsHops = true
  }

  /// For both families: a socket of `[::]` has clients of both. The one that a socket has not is no error here.
  private static func limitHops(_ descriptor: Int32, to hops: Int32) {
    Socket.set(descriptor, IPPROTO_IP, IP_MINTTL, hops)
    Socket.set(descriptor, Int(IPPROTO_IPV6), IPV6_MINHOPCOUNT, hops)
  }

  private func dropNewSYNs() -> Bool {
    // Of the TCP header: byte 13 are the flags; SYN without ACK is dropped, all else passes.
    var program: InlineArray<5, sock_filter> = [
      sock_filter(code: 0x30, jt: 0, jf: 0, k: 13),  // ldb [13]
      sock_filter(code: 0x54, jt: 0, jf: 0, k: 0x12),  // and SYN|ACK
      sock_filter(code: 0x15, jt: 0, jf: 1, k: 0x02),  // jeq SYN
      sock_filter(code: 0x06, jt: 0, jf: 0, k: 0),  // ret 0: drop
      sock_filter(code: 0x06, jt: 0, jf: 0, k: UInt32.max),  // ret all: pass
    ]
    return unsafe withUnsafeMutablePointer(to: &program) { pointer in
      unsafe pointer.withMemoryRebound(to: sock_filter.self, capacity: 5) { instructions in
        var filter = unsafe sock_fprog(len: 5, filter: instructions)
        return unsafe setsockopt(
          descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
          socklen_t(MemoryLayout<sock_fprog>.size)) == 0
      }
    }
  }

  /// The address it is bound to: tells the port where 0 was asked for.
  private static func socketAddress(_ address: HostPort) throws(SystemError) -> (
    sockaddr_storage, socklen_t
  ) {
    var storage = sockaddr_storage()
    var v4 = in_addr()
    if unsafe inet_pton(AF_INET, address.host, &v4) == 1 {
      let value = sockaddr_in(
        sin_family: sa_family_t(AF_INET), sin_port: address.port.bigEndian, sin_addr: v4,
        sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
      unsafe withUnsafeMutableBytes(of: &storage) {
        unsafe $0.storeBytes(of: value, as: sockaddr_in.self)
      }
      return (storage, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
    var v6 = in6_addr()
    guard unsafe inet_pton(AF_INET6, address.host, &v6) == 1 else {
      throw SystemError("inet_pton", address.description, code: EINVAL)
    }
    let value = sockaddr_in6(
      sin6_family: sa_family_t(AF_INET6), sin6_port: address.port.bigEndian, sin6_flowinfo: 0,
      sin6_addr: v6, sin6_scope_id: 0)
    unsafe withUnsafeMutableBytes(of: &storage) {
      unsafe $0.storeBytes(of: value, as: sockaddr_in6.self)
    }
    return (storage, socklen_t(MemoryLayout<sockaddr_in6>.size))
  }
}

import CLinux
import Glibc
import Routing
import Shared

/// The system calls on the sockets of clients.
enum Socket {
  /// What a read or a write did.
  enum Transfer: Equatable {
    case bytes(Int)
    /// Nothing now; the poller will tell.
    case wait
    /// The other side ended its direction (reading only).
    case end
    /// The connection is gone.
    case failed
  }

  /// Reads what is there into `buffer`.
  static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    while true {
      let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .bytes(count) }
      if count == 0 { return .end }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wait
      default: return .failed
      }
    }
  }

  /// Writes as much of `bytes` as the socket takes.
  static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Transfer {
    while true {
      let count = unsafe Glibc.send(
        descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .bytes(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .wait
      default: return .failed
      }
    }
  }

  /// Says that nothing more will be sent.
  static func endOutput(_ descriptor: Int32) {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// What has become of a connection that was begun; 0: it is up.
  static func error(_ descriptor: Int32) -> Int32 {
    var code: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else {
      return errno
    }
    return code
  }

  /// The address at which the other side has come.
  static func ownAddress(_ descriptor: Int32) -> ClientAddress? {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
      unsafe getsockname(
        descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size)
    }
    return code == 0 ? ClientAddress(storage) : nil
  }

  static func close(_ descriptor: Int32) {
    Glibc.close(descriptor)
  }

  /// Acknowledges at once: with session tickets off, a client without TCP_NODELAY would wait 40 ms for the
  /// delayed acknowledgement in the middle of its handshake. The kernel forgets the option by itself.
  static func acknowledgeAtOnce(_ descriptor: Int32) {
    set(descriptor, IPPROTO_TCP, TCP_QUICKACK, 1)
  }

  /// Lets the kernel find out that the other side is gone without a word: after ten minutes of silence, within another.
  static func keepAlive(_ descriptor: Int32) {
    set(descriptor, Int(SOL_SOCKET), SO_KEEPALIVE, 1)
    set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 600)
    set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 15)
    set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 4)
  }

  @discardableResult
  static func set(_ descriptor: Int32, _ level: Int, _ option: Int32, _ value: Int32) -> Bool {
    var value = value
    return unsafe setsockopt(
      descriptor, Int32(level), option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
  }
}

extension ClientAddress {
  /// The address of an IPv4 or IPv6 socket; nil for any other family.
  init?(_ storage: sockaddr_storage) {
    var storage = storage
    switch Int32(storage.ss_family) {
    case AF_INET:
      let address = unsafe withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in.self) }
      self.init(
        ipv4: UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port))
    case AF_INET6:
      let address = unsafe withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in6.self) }
      let halves = unsafe withUnsafeBytes(of: address.sin6_addr) { bytes in
        unsafe (bytes.load(as: UInt64.self), bytes.load(fromByteOffset: 8, as: UInt64.self))
      }
      self.init(
        high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1),
        port: UInt16(bigEndian: address.sin6_port))
    default:
      return nil
    }
  }
}

import CLinux
import Glibc
import Routing
import Shared

/// An IP address and a port, as the kernel takes them.
@safe struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// `sockaddr_in` or `sockaddr_in6`, as bytes.
  private let bytes: [UInt8]

  /// `192.0.2.1:5222`, `[2001:db8::1]:5222`.
  var description: String {
    var storage = sockaddr_storage()
    unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.copyBytes(from: bytes) }
    return ClientAddress(storage)?.description ?? "an address"
  }

  private init(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) {
    bytes = unsafe Array(UnsafeRawBufferPointer(start: address, count: Int(length)))
  }

  /// All addresses of a host, in the order that the system prefers (RFC 6724); blocks while names are resolved.
  ///
  /// - Throws: why there are none, in the resolver's words.
  static func resolve(_ host: HostPort) throws(ResolveError) -> [SocketAddress] {
    try look(host, flags: Int32(AI_ADDRCONFIG))
  }

  /// The address that an IP literal is; nil for a name.
  init?(literal host: HostPort) {
    guard let found = try? Self.look(host, flags: Int32(AI_NUMERICHOST)).first else { return nil }
    self = found
  }

  private static func look(
    _ host: HostPort, flags: Int32
  ) throws(ResolveError) -> [SocketAddress] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = flags | Int32(AI_NUMERICSERV)
    var first: UnsafeMutablePointer<addrinfo>? = nil
    let code = unsafe getaddrinfo(host.host, "\(host.port)", &hints, &first)
    guard code == 0 else {
      throw ResolveError(host: host, reason: unsafe String(cString: gai_strerror(code)))
    }
    defer { unsafe freeaddrinfo(first) }
    var addresses: [SocketAddress] = []
    var next = unsafe first
    while let info = unsafe next {
      if let address = unsafe info.pointee.ai_addr {
        let found = unsafe SocketAddress(address, info.pointee.ai_addrlen)
        if !addresses.contains(found) { addresses.append(found) }
      }
      unsafe next = info.pointee.ai_next
    }
    return addresses
  }

  /// Begins a connection there; nil when it failed at once, with `errno` saying why.
  func connect() -> Int32? {
    let family = bytes.count == MemoryLayout<sockaddr_in>.size ? AF_INET : AF_INET6
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(family, type, 0)
    guard descriptor >= 0 else { return nil }
    Socket.set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1)
    let code = unsafe bytes.withUnsafeBytes { raw in
      unsafe Glibc.connect(
        descriptor, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
    }
    if code == 0 || errno == EINPROGRESS { return descriptor }
    let reason = errno
    Socket.close(descriptor)
    errno = reason
    return nil
  }
}

/// A name that leads nowhere.
struct ResolveError: Error, CustomStringConvertible {
  let host: HostPort
  let reason: String
  var description: String { "\(host.host): \(reason)" }
}

import COpenSSL
import Glibc
import Shared

/// A connection to an edge, with TLS or without: bytes out and in, and nothing waits longer than it is told.
@safe final class EdgeSocket {
  /// Why there is no connection any more.
  struct Failure: Error {
    let reason: String
    /// A file of ours is to blame, and not the edge.
    var isOurs = false
  }

  private let descriptor: Int32
  private var context: OpaquePointer?
  private var ssl: OpaquePointer?
  private var buffer = [UInt8](repeating: 0, count: 16 * 1024)

  /// Connects, before `deadline` (`EdgeClock`).
  init(_ host: HostPort, deadline: Int64) throws(Failure) {
    descriptor = try Self.connect(host, deadline)
  }

  deinit {
    unsafe SSL_free(ssl)
    unsafe SSL_CTX_free(context)
    close(descriptor)
  }

  /// Begins TLS with a certificate of ours; the edge must show one of the same authority.
  func startTLS(
    chain: String, key: String, authority: String, deadline: Int64
  ) throws(Failure) {
    guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { fatalError("out of memory") }
    unsafe self.context = context
    unsafe SSL_CTX_set_min_proto_version_(context, TLS1_2_VERSION)
    guard unsafe SSL_CTX_use_certificate_chain_file(context, chain) == 1 else {
      throw Self.ours(chain, "expected PEM certificates, one's own first")
    }
    guard unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else {
      throw Self.ours(key, "expected the unencrypted private key of \(chain)")
    }
    guard unsafe SSL_CTX_load_verify_locations(context, authority, nil) == 1 else {
      throw Self.ours(authority, "expected PEM certificates of authorities")
    }
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    guard let ssl = unsafe SSL_new(context), unsafe SSL_set_fd(ssl, descriptor) == 1 else {
      fatalError("out of memory")
    }
    unsafe self.ssl = ssl
    try repeating(deadline) { unsafe SSL_connect(ssl) }
  }

  /// Sends all of it.
  func send(_ bytes: [UInt8], deadline: Int64) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count: Int
      if let ssl = unsafe ssl {
        let piece = Array(rest)
        count = Int(try repeating(deadline) { unsafe SSL_write(ssl, piece, Int32(piece.count)) })
      } else {
        count = unsafe rest.withUnsafeBytes {
          unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count < 0 {
          guard errno == EAGAIN || errno == EINTR else { throw Self.failure() }
          try wait(POLLOUT, deadline)
          continue
        }
      }
      rest = rest.dropFirst(count)
    }
  }

  /// What has come; empty at the end, nil if nothing comes before `deadline`.
  func receive(deadline: Int64) throws(Failure) -> ArraySlice<UInt8>? {
    while true {
      let count: Int
      if let ssl = unsafe ssl {
        ERR_clear_error()
        count = Int(unsafe SSL_read(ssl, &buffer, Int32(buffer.count)))
        switch unsafe SSL_get_error(ssl, Int32(count)) {
        case SSL_ERROR_NONE: return buffer[..<count]
        case SSL_ERROR_ZERO_RETURN: return []
        case SSL_ERROR_WANT_READ: break
        default: throw Self.tlsFailure()
        }
      } else {
        count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        if count >= 0 { return buffer[..<count] }
        guard errno == EAGAIN || errno == EINTR else { throw Self.failure() }
      }
      guard poll(for: POLLIN, deadline) else { return nil }
    }
  }

  // MARK: Waiting

  @discardableResult
  private func repeating(_ deadline: Int64, _ attempt: () -> Int32) throws(Failure) -> Int32 {
    while true {
      ERR_clear_error()
      let result = attempt()
      if result > 0 { return result }
      switch unsafe SSL_get_error(ssl, result) {
      case SSL_ERROR_WANT_READ: try wait(POLLIN, deadline)
      case SSL_ERROR_WANT_WRITE: try wait(POLLOUT, deadline)
      default: throw Self.tlsFailure()
      }
    }
  }

  private func wait(_ event: Int32, _ deadline: Int64) throws(Failure) {
    guard poll(for: event, deadline) else { throw Failure(reason: "no answer in time") }
  }

  private func poll(for event: Int32, _ deadline: Int64) -> Bool {
    Self.poll(descriptor, event, deadline)
  }

  private static func poll(_ descriptor: Int32, _ event: Int32, _ deadline: Int64) -> Bool {
    while true {
      var question = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      let rest = deadline - EdgeClock.milliseconds()
      if rest <= 0 { return false }
      if unsafe Glibc.poll(&question, 1, Int32(clamping: rest)) > 0 { return true }
    }
  }

  // MARK: Connecting

  private static func connect(_ host: HostPort, _ deadline: Int64) throws(Failure) -> Int32 {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>? = nil
    let code = unsafe getaddrinfo(host.host, "\(host.port)", &hints, &first)
    guard code == 0 else { throw Failure(reason: unsafe String(cString: gai_strerror(code))) }
    defer { unsafe freeaddrinfo(first) }
    var last = Failure(reason: "the name has no address")
    var next = unsafe first
    while let info = unsafe next {
      do throws(Failure) {
        return unsafe try connect(info.pointee, deadline)
      } catch {
        last = error
      }
      unsafe next = info.pointee.ai_next
    }
    throw last
  }

  private static func connect(_ info: addrinfo, _ deadline: Int64) throws(Failure) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = unsafe socket(info.ai_family, type, 0)
    guard descriptor >= 0 else { throw failure() }
    var code = unsafe Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 ? 0 : errno
    if code == EINPROGRESS {
      code = ETIMEDOUT
      if poll(descriptor, POLLOUT, deadline) {
        var size = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
      }
    }
    guard code == 0 else {
      close(descriptor)
      throw failure(code)
    }
    return descriptor
  }

  // MARK: Words

  private static func failure(_ code: Int32 = errno) -> Failure {
    Failure(reason: unsafe String(cString: strerror(code)))
  }

  private static func tlsFailure() -> Failure {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0, let reason = unsafe ERR_reason_error_string(code) else {
      return Failure(reason: "TLS: the edge has ended the connection")
    }
    return Failure(reason: "TLS: \(unsafe String(cString: reason))")
  }

  private static func ours(_ path: String, _ expectation: String) -> Failure {
    ERR_clear_error()
    return Failure(reason: "\(path): \(expectation)", isOurs: true)
  }
}

/// Milliseconds of the monotonic clock.
enum EdgeClock {
  static func milliseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

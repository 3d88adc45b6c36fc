import COpenSSL
import Conversation

/// The TLS of one connection: ciphertext in, plain bytes out, and the other way. It performs no I/O; a `TLSWire` carries
/// its ciphertext.
@safe final class TLSSession {
  /// What driving a session led to.
  enum Progress: Equatable {
    /// All ciphertext is used; more is needed.
    case wait
    /// The client ended its direction.
    case end
    /// Not TLS, or a handshake that cannot succeed. What is on the wire says so to the client.
    case failed
  }

  private let ssl: OpaquePointer

  /// A server session; nil when there is no memory for it.
  init?(context: OpaquePointer, wire: TLSWire) {
    guard let ssl = unsafe SSL_new(context) else { return nil }
    unsafe self.ssl = ssl
    guard let bio = unsafe wire.makeBIO() else {
      unsafe SSL_free(ssl)
      return nil
    }
    unsafe SSL_set_bio(ssl, bio, bio)
    unsafe SSL_set_accept_state(ssl)
  }

  /// A client session that asks for `serverName` (SNI, and the name that `verdict` looks for in the certificate); nil when
  /// there is no memory for it, or the name is none.
  init?(client context: OpaquePointer, serverName: String, wire: TLSWire) {
    guard let ssl = unsafe SSL_new(context) else { return nil }
    unsafe self.ssl = ssl
    var isNamed = true
    if !serverName.isEmpty {
      isNamed = unsafe SSL_set_tlsext_host_name_(ssl, serverName) == 1
      isNamed = unsafe SSL_set1_host(ssl, serverName) == 1 && isNamed
    }
    guard isNamed, let bio = unsafe wire.makeBIO()
    else {
      unsafe SSL_free(ssl)
      return nil
    }
    unsafe SSL_set_bio(ssl, bio, bio)
    unsafe SSL_set_connect_state(ssl)
  }

  deinit {
    unsafe SSL_free(ssl)
  }

  /// It is the side that speaks first.
  var isClient: Bool { unsafe SSL_is_server(ssl) == 0 }

  /// Why the other side's certificate is not trusted; nil: it is. After the handshake.
  var distrust: String? {
    let code = unsafe SSL_get_verify_result(ssl)
    guard code != X509_V_OK else { return nil }
    return unsafe String(cString: X509_verify_cert_error_string(code))
  }

  /// OpenSSL's own words for what went wrong last on this thread; forgets it.
  static func lastError() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0, let reason = unsafe ERR_reason_error_string(code) else {
      return "the handshake failed"
    }
    return unsafe String(cString: reason)
  }

  /// The handshake is done.
  var isEstablished: Bool { unsafe SSL_is_init_finished(ssl) == 1 }

  /// What a client has asked for in its ClientHello. After the handshake.
  var hello: Hello {
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    unsafe SSL_get0_alpn_selected(ssl, &name, &length)
    return Hello(
      hasServerName: unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != nil,
      hasProtocol: length > 0)
  }

  /// Uses `ciphertext` up; plain bytes go to the beginning of `plain`, whose filled count is raised.
  func receive(
    _ ciphertext: UnsafeRawBufferPointer, wire: TLSWire, plain: UnsafeMutableRawBufferPointer,
    filled: inout Int
  ) -> Progress {
    unsafe wire.receiving(ciphertext) {
      ERR_clear_error()
      while filled < plain.count {
        let count = unsafe SSL_read(
          ssl, plain.baseAddress! + filled, Int32(clamping: plain.count - filled))
        if count > 0 {
          filled += Int(count)
          // Asking again would only make a buffer and throw it away.
          if wire.isUsedUp, unsafe SSL_has_pending(ssl) == 0 { return .wait }
          continue
        }
        switch unsafe SSL_get_error(ssl, count) {
        case SSL_ERROR_WANT_READ: return .wait
        case SSL_ERROR_ZERO_RETURN: return .end
        default: return .failed
        }
      }
      return .wait
    }
  }

  /// Puts `plain` on the wire.
  func send(_ plain: [UInt8]) -> Bool {
    unsafe plain.withUnsafeBytes { unsafe send($0) }
  }

  /// Puts `plain` on the wire.
  func send(_ plain: UnsafeRawBufferPointer) -> Bool {
    guard unsafe !plain.isEmpty else { return true }
    ERR_clear_error()
    let sent = unsafe SSL_write(ssl, plain.baseAddress, Int32(clamping: plain.count))
    return Int(sent) == plain.count
  }

  /// Puts the close_notify on the wire (RFC 8446 section 6.1), if the handshake got so far.
  func end() {
    guard isEstablished else { return }
    ERR_clear_error()
    unsafe SSL_shutdown(ssl)
    ERR_clear_error()
  }
}

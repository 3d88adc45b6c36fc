import CIDN
import COpenSSL
import Glibc
import Shared

/// One worker's TLS settings: a context for each hosted domain's certificate, and one for everybody else.
///
/// A worker has its own, so that handshakes on different cores share no lock and no reference count.
@safe final class TLSContexts {
  /// What the contexts are made of; the same for every worker.
  struct Settings: Sendable {
    /// Served when no domain's certificate fits.
    var fallback: Certificate?
    var byDomain: [(domain: Domain, certificate: Certificate)]
    /// `TLS1_2_VERSION` or `TLS1_3_VERSION`.
    var minimumVersion: Int32
  }

  private let fallback: OpaquePointer?
  /// Keyed by the domain as a stream's `to` has it, and by its ASCII form, as SNI has it.
  private var byDomain: [[UInt8]: OpaquePointer] = unsafe [:]
  private var owned: [OpaquePointer] = unsafe []

  /// Errors are impossible for certificates that loaded, short of memory.
  init(_ settings: Settings, for application: ApplicationProtocol = .xmpp) {
    var first: OpaquePointer?
    if let certificate = settings.fallback {
      unsafe first = Self.makeContext(certificate, settings.minimumVersion, application)
    }
    var domains: [[UInt8]: OpaquePointer] = unsafe [:]
    for (domain, certificate) in settings.byDomain {
      let context = unsafe Self.makeContext(certificate, settings.minimumVersion, application)
      unsafe owned.append(context)
      unsafe domains[domain.bytes] = context
      unsafe domains[Array(domain.ascii.utf8)] = context
      if unsafe first == nil {
        unsafe SSL_CTX_up_ref(context)
        unsafe first = context
      }
    }
    unsafe fallback = first
    unsafe byDomain = domains
    if let first = unsafe first { unsafe owned.append(first) }
    let arguments = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe owned.forEach { context in
      unsafe SSL_CTX_set_tlsext_servername_callback_(context, chooseByServerName)
      unsafe SSL_CTX_set_tlsext_servername_arg_(context, arguments)
    }
  }

  deinit {
    unsafe owned.forEach { unsafe SSL_CTX_free($0) }
  }

  /// The context for a client of `domain` (empty: not known yet); nil without any certificate.
  func context(for domain: [UInt8]) -> OpaquePointer? {
    if !domain.isEmpty, let context = unsafe byDomain[domain] { return unsafe context }
    return unsafe fallback
  }

  private static func makeContext(
    _ certificate: Certificate, _ minimum: Int32, _ application: ApplicationProtocol
  ) -> OpaquePointer {
    guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
      fatalError("OpenSSL has no memory for a context")
    }
    unsafe SSL_CTX_use_certificate(context, certificate.leaf)
    unsafe SSL_CTX_use_PrivateKey(context, certificate.key)
    unsafe certificate.chain.forEach { unsafe SSL_CTX_add1_chain_cert_(context, $0) }
    unsafe SSL_CTX_set_min_proto_version_(context, minimum)
    // X25519 is the cheapest key exchange, and what clients offer first.
    unsafe SSL_CTX_set1_groups_list_(context, "X25519:P-256:P-384")
    // AES-128 first: it is as safe here, and the shorter key is the cheaper one.
    unsafe SSL_CTX_set_ciphersuites(
      context, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384")
    unsafe SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20")
    // Tickets cost a third of a handshake, and the client's next connection goes elsewhere.
    unsafe SSL_CTX_set_num_tickets(context, 0)
    unsafe SSL_CTX_set_session_cache_mode_(context, Int(SSL_SESS_CACHE_OFF))
    unsafe SSL_CTX_set_options(
      context,
      SSL_OP_LEAN_)
    // An idle connection keeps no 16 KiB buffers.
    unsafe SSL_CTX_set_mode_(context, Int(SSL_MODE_RELEASE_BUFFERS))
    switch application {
    case .xmpp: unsafe SSL_CTX_set_alpn_select_cb(context, chooseXMPP, nil)
    case .http: unsafe SSL_CTX_set_alpn_select_cb(context, chooseHTTP, nil)
    }
    return unsafe context
  }
}

/// SNI picks the hosted domain's certificate (RFC 6066 section 3); an unknown name gets the one that was chosen before.
private let chooseByServerName:
  @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 =
    {
      ssl, _, argument in
      guard let argument = unsafe argument,
        let name = unsafe SSL_get_servername(ssl, Int32(TLSEXT_NAMETYPE_host_name))
      else { return Int32(SSL_TLSEXT_ERR_NOACK) }
      let contexts = unsafe Unmanaged<TLSContexts>.fromOpaque(argument).takeUnretainedValue()
      let length = unsafe strnlen(name, 256)
      var domain: [UInt8] = []
      domain.reserveCapacity(length)
      for i in 0..<length {
        let byte = unsafe UInt8(bitPattern: name[i])
        domain.append(byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte)
      }
      guard contexts.knows(domain), let context = unsafe contexts.context(for: domain) else {
        return Int32(SSL_TLSEXT_ERR_NOACK)
      }
      unsafe SSL_set_SSL_CTX(ssl, context)
      return Int32(SSL_TLSEXT_ERR_OK)
    }

extension TLSContexts {
  /// Whether `domain` has a certificate of its own.
  fileprivate func knows(_ domain: [UInt8]) -> Bool {
    unsafe byDomain[domain] != nil
  }
}

/// XEP-0368: `xmpp-client` when the client offers it.
private let chooseXMPP: SelectProtocol = { _, chosen, length, offered, offeredLength, _ in
  unsafe choose("xmpp-client", chosen, length, offered, offeredLength)
}

/// RFC 6455 section 4.1: there is no WebSocket in HTTP/2 here.
private let chooseHTTP: SelectProtocol = { _, chosen, length, offered, offeredLength, _ in
  unsafe choose("http/1.1", chosen, length, offered, offeredLength)
}

private typealias SelectProtocol =
  @convention(c) (
    OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
    UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
  ) -> Int32

/// A client that offers only other protocols is in the wrong place (RFC 7301 section 3.2).
private func choose(
  _ wanted: StaticString, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ chosenLength: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
  _ offeredLength: UInt32
) -> Int32 {
  guard let chosen = unsafe chosen, let chosenLength = unsafe chosenLength,
    let offered = unsafe offered
  else { return Int32(SSL_TLSEXT_ERR_NOACK) }
  var next = 0
  while next < Int(offeredLength) {
    let length = unsafe Int(offered[next])
    guard next + 1 + length <= Int(offeredLength) else { break }
    if length == wanted.utf8CodeUnitCount,
      unsafe memcmp(offered + next + 1, wanted.utf8Start, length) == 0
    {
      unsafe chosen.pointee = offered + next + 1
      unsafe chosenLength.pointee = UInt8(length)
      return Int32(SSL_TLSEXT_ERR_OK)
    }
    next += 1 + length
  }
  return Int32(SSL_TLSEXT_ERR_ALERT_FATAL)
}

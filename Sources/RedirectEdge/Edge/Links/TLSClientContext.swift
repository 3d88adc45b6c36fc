import COpenSSL

/// The TLS settings of connections that the edge itself makes to nodes.
@safe final class TLSClientContext: @unchecked Sendable {
  /// Nothing changes it after `init`; OpenSSL counts the references.
  let context: OpaquePointer

  /// - Parameter trust: PEM certificates of authorities; nil: those of the system. `nil` is returned where there is no
  ///   certificate in it, or a damaged one.
  init?(trust: [UInt8]?, for application: ApplicationProtocol = .xmpp) {
    guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
      fatalError("OpenSSL has no memory for a context")
    }
    unsafe self.context = context
    unsafe SSL_CTX_set_min_proto_version_(context, TLS1_2_VERSION)
    // Whoever asks decides what a certificate that does not verify means.
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
    // A relayed session that is silent keeps no 16 KiB buffers.
    unsafe SSL_CTX_set_mode_(context, Int(SSL_MODE_RELEASE_BUFFERS))
    // XEP-0368: the protocol must be named where a port serves several.
    let name = Array(application.rawValue.utf8)
    let protocols = [UInt8(name.count)] + name
    unsafe SSL_CTX_set_alpn_protos(context, protocols, UInt32(protocols.count))
    guard let trust else {
      unsafe SSL_CTX_set_default_verify_paths(context)
      ERR_clear_error()
      return
    }
    guard unsafe Self.add(trust, to: SSL_CTX_get_cert_store(context)) else { return nil }
  }

  deinit {
    unsafe SSL_CTX_free(context)
  }

  /// Whether there was at least one certificate, and none was damaged.
  static func add(_ pem: [UInt8], to store: OpaquePointer?) -> Bool {
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let memory = unsafe BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return false }
    defer { _ = unsafe BIO_free(memory) }
    var count = 0
    while let certificate = unsafe PEM_read_bio_X509(memory, nil, nil, nil) {
      _ = unsafe X509_STORE_add_cert(store, certificate)
      unsafe X509_free(certificate)
      count += 1
    }
    return count > 0 && PEM_at_end_() == 1
  }
}

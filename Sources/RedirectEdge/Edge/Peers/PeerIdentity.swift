import COpenSSL
import MapFile
import PeerProtocol

/// How this edge proves to its peers that it is one, and how they must prove it: a certificate of a private authority, or
/// a shared secret.
@safe final class PeerIdentity: @unchecked Sendable {
  @safe private enum Kind {
    /// TLS settings of the side that listens and of the side that connects. Nothing changes them after `init`.
    case certificate(server: OpaquePointer, client: OpaquePointer)
    case secret([UInt8])
  }

  private let kind: Kind
  /// What it was made of: a certificate and its authority, or the secret.
  private let certificate: Certificate?
  private let basis: [UInt8]

  /// Certificates on both sides.
  ///
  /// - Parameter authority: PEM certificates. `nil` is returned where there is none in it, or a damaged one.
  init?(_ certificate: Certificate, authority: [UInt8]) {
    guard let server = unsafe Self.context(TLS_server_method(), certificate, authority) else {
      return nil
    }
    guard let client = unsafe Self.context(TLS_client_method(), certificate, authority) else {
      unsafe SSL_CTX_free(server)
      return nil
    }
    kind = unsafe .certificate(server: server, client: client)
    self.certificate = certificate
    basis = authority
  }

  /// The contents of the file of the shared secret.
  init(secret: [UInt8]) {
    kind = .secret(secret)
    certificate = nil
    basis = secret
  }

  deinit {
    if case .certificate(let server, let client) = kind {
      unsafe SSL_CTX_free(server)
      unsafe SSL_CTX_free(client)
    }
  }

  /// Whether a peer would see no difference.
  func isSame(as other: PeerIdentity) -> Bool {
    certificate === other.certificate && basis == other.basis
  }

  /// What the protocol's proofs are made with; nil where TLS proves everything.
  var hmac: PeerProof.HMAC? {
    guard case .secret(let key) = kind else { return nil }
    return { text in HMAC.sha256(text, key: key) }
  }

  /// Whether connections begin with TLS.
  var usesTLS: Bool {
    if case .certificate = kind { true } else { false }
  }

  /// TLS for a connection to a peer, or one that a peer has made; nil without certificates, or without memory.
  func session(asClient: Bool, wire: TLSWire) -> TLSSession? {
    guard case .certificate(let server, let client) = kind else { return nil }
    // Peers are addresses of one DNS name: what counts is the authority, not the name.
    return asClient
      ? unsafe TLSSession(client: client, serverName: "", wire: wire)
      : unsafe TLSSession(context: server, wire: wire)
  }

  private static func context(
    _ method: OpaquePointer?, _ certificate: Certificate, _ authority: [UInt8]
  ) -> OpaquePointer? {
    guard let context = unsafe SSL_CTX_new(method) else {
      fatalError("OpenSSL has no memory for a context")
    }
    unsafe SSL_CTX_use_certificate(context, certificate.leaf)
    unsafe SSL_CTX_use_PrivateKey(context, certificate.key)
    unsafe certificate.chain.forEach { unsafe SSL_CTX_add1_chain_cert_(context, $0) }
    unsafe SSL_CTX_set_min_proto_version_(context, TLS1_2_VERSION)
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    // Connections stay: there is nothing to resume.
    unsafe SSL_CTX_set_num_tickets(context, 0)
    unsafe SSL_CTX_set_session_cache_mode_(context, Int(SSL_SESS_CACHE_OFF))
    unsafe SSL_CTX_set_options(context, SSL_OP_LEAN_)
    guard unsafe TLSClientContext.add(authority, to: SSL_CTX_get_cert_store(context)) else {
      unsafe SSL_CTX_free(context)
      return nil
    }
    return unsafe context
  }
}

import COpenSSL

/// A certificate chain and its private key, loaded and known to fit each other. Shared by all workers: OpenSSL counts
/// the references and nothing changes it after loading.
@safe final class Certificate: @unchecked Sendable {
  /// Why a certificate cannot be used: the file, and what was expected.
  struct LoadError: Error, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { "\(path): \(reason)" }
  }

  /// The server's own certificate.
  let leaf: OpaquePointer
  /// What leads from it to a root, in order.
  let chain: [OpaquePointer]
  let key: OpaquePointer

  /// Reads PEM files: the chain with the server's certificate first, and its unencrypted key.
  init(chainPath: String, keyPath: String) throws(LoadError) {
    let certificates = unsafe try Self.certificates(chainPath)
    unsafe leaf = unsafe certificates[0]
    unsafe chain = unsafe Array(certificates.dropFirst())
    do {
      unsafe key = unsafe try Self.key(keyPath)
    } catch {
      unsafe certificates.forEach { unsafe X509_free($0) }
      throw error
    }
    guard unsafe X509_check_private_key(leaf, key) == 1 else {
      throw LoadError(
        path: keyPath, reason: "this key does not belong to the first certificate of \(chainPath)")
    }
  }

  deinit {
    unsafe X509_free(leaf)
    unsafe chain.forEach { unsafe X509_free($0) }
    unsafe EVP_PKEY_free(key)
  }

  /// Whether a client would see no difference.
  func isSame(as other: Certificate) -> Bool {
    guard unsafe X509_cmp(leaf, other.leaf) == 0, unsafe EVP_PKEY_eq(key, other.key) == 1,
      unsafe chain.count == other.chain.count
    else { return false }
    for i in unsafe chain.indices {
      guard unsafe X509_cmp(chain[i], other.chain[i]) == 0 else { return false }
    }
    return true
  }

  private static func certificates(_ path: String) throws(LoadError) -> [OpaquePointer] {
    let file = unsafe try open(path)
    defer { _ = unsafe BIO_free(file) }
    var certificates: [OpaquePointer] = unsafe []
    while let certificate = unsafe PEM_read_bio_X509(file, nil, nil, nil) {
      unsafe certificates.append(certificate)
    }
    let isAtEnd = PEM_at_end_()
    ERR_clear_error()
    guard isAtEnd == 1, unsafe !certificates.isEmpty else {
      let number = unsafe certificates.count + 1
      unsafe certificates.forEach { unsafe X509_free($0) }
      throw LoadError(
        path: path,
        reason: number == 1
          ? "expected PEM certificates, the server's own first" : "certificate \(number) is damaged"
      )
    }
    return unsafe certificates
  }

  private static func key(_ path: String) throws(LoadError) -> OpaquePointer {
    let file = unsafe try open(path)
    defer { _ = unsafe BIO_free(file) }
    // An empty password instead of OpenSSL's prompt: a server has nobody to ask.
    let noPassword:
      @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 =
        {
          _, _, _, _ in 0
        }
    guard let key = unsafe PEM_read_bio_PrivateKey(file, nil, noPassword, nil) else {
      ERR_clear_error()
      throw LoadError(path: path, reason: "expected an unencrypted private key in PEM form")
    }
    return unsafe key
  }

  private static func open(_ path: String) throws(LoadError) -> OpaquePointer {
    guard FileStamp.isReadable(path: path) else {
      throw LoadError(path: path, reason: "expected a regular file")
    }
    guard let file = unsafe BIO_new_file(path, "r") else {
      ERR_clear_error()
      throw LoadError(path: path, reason: "cannot be read")
    }
    return unsafe file
  }
}

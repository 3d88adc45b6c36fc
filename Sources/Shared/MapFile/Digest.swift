import COpenSSL

/// SHA-256 of bytes that come in pieces.
@safe public struct Digest: ~Copyable {
  /// Bytes of a finished digest.
  static let count = 32

  private let context: OpaquePointer

  init() {
    guard let context = unsafe EVP_MD_CTX_new() else { fatalError("out of memory") }
    unsafe self.context = context
    // Can fail only where the library's configuration forbids SHA-256.
    guard unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      fatalError("OpenSSL offers no SHA-256")
    }
  }

  mutating func update(_ bytes: Span<UInt8>) {
    let done = unsafe bytes.withUnsafeBytes { buffer in
      unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
    }
    precondition(done == 1, "SHA-256 failed")
  }

  consuming func finish() -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Self.count) { buffer, count in
      var length: UInt32 = 0
      let done = unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &length)
      precondition(done == 1 && length == Self.count, "SHA-256 failed")
      count = Self.count
    }
  }

  /// The digest of bytes that are all there.
  public static func of(_ bytes: Span<UInt8>) -> [UInt8] {
    var digest = Digest()
    digest.update(bytes)
    return digest.finish()
  }

  deinit { unsafe EVP_MD_CTX_free(context) }
}

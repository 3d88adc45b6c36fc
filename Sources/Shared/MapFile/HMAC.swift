import COpenSSL

/// HMAC (RFC 2104) with SHA-256: what tells who has a key and what he said.
public enum HMAC {
  /// 32 bytes, from a text and a key of any length.
  public static func sha256(_ text: [UInt8], key: [UInt8]) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Digest.count) { buffer, count in
      var length: UInt32 = 0
      let done = unsafe COpenSSL.HMAC(
        EVP_sha256(), key, Int32(key.count), text, text.count, buffer.baseAddress, &length)
      // Can fail only where the library's configuration forbids SHA-256.
      precondition(unsafe done != nil && length == Digest.count, "HMAC-SHA-256 failed")
      count = Digest.count
    }
  }
}

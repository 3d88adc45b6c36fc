import COpenSSL
import Conversation
import Shared

/// What shows that a side has understood the WebSocket handshake (RFC 6455 section 4.2.2): the SHA-1 of the key and a name. It
/// protects nothing.
enum WebSocketProof {
  private static let name = Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)

  /// The `Sec-WebSocket-Accept` that belongs to a `Sec-WebSocket-Key`.
  static func make(of key: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 20)
    let text = key + name
    guard unsafe EVP_Digest(text, text.count, &digest, nil, EVP_sha1(), nil) == 1 else {
      // Where SHA-1 is forbidden there are no WebSockets; the client sees that this is no proof.
      return []
    }
    return base64(digest)
  }

  static func base64(_ bytes: [UInt8]) -> [UInt8] {
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = unsafe EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return Array(text.prefix(Int(count)))
  }
}

extension WebSocketDoor {
  /// The door at `address`, with random numbers of its own.
  init(_ address: WebAddress, _ random: inout Generator) {
    let numbers = [random.next(), random.next()]
    let nonce = numbers.flatMap { number in
      (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }
    let key = WebSocketProof.base64(nonce)
    // A default port is not written (RFC 6455 section 4.1).
    let isDefault = address.hostPort.port == (address.isSecure ? 443 : 80)
    let host = address.hostPort
    let name = host.isIPv6 ? "[\(host.host)]" : host.host
    self.init(
      authority: isDefault ? name : host.description, path: address.path, key: key,
      proof: WebSocketProof.make(of: key), mask: random.next())
  }
}

/// The handshake of a WebSocket that carries XMPP (RFC 6455 section 4, RFC 7395 section 3.1), seen from the server.
enum WebSocketUpgrade {
  /// Answers a request. `proof` makes of a key what proves that it was understood (`Sec-WebSocket-Accept`). True: from
  /// here on there are frames.
  static func answer(
    _ head: HTTPHead, in bytes: Span<UInt8>, proof: ([UInt8]) -> [UInt8],
    to output: inout [UInt8]
  ) -> Bool {
    guard bytes.extracting(head.start[2]).holds("HTTP/1.1"),
      head.value(of: "host", in: bytes) != nil
    else {
      HTTPAnswer.refuse("400 Bad Request", "expected HTTP/1.1 with one Host", to: &output)
      return false
    }
    // A body would be frames to us, and a body to somebody in between.
    guard head.values(of: "transfer-encoding", in: bytes).isEmpty,
      head.values(of: "content-length", in: bytes).allSatisfy({ bytes.extracting($0).holds("0") })
    else {
      HTTPAnswer.refuse("400 Bad Request", "expected no body", to: &output)
      return false
    }
    guard bytes.extracting(head.start[0]).holds("GET") else {
      HTTPAnswer.refuse(
        "405 Method Not Allowed", "expected GET: this is a WebSocket", fields: "Allow: GET\r\n",
        to: &output)
      return false
    }
    guard head.has("websocket", in: "upgrade", of: bytes),
      head.has("upgrade", in: "connection", of: bytes),
      let version = head.value(of: "sec-websocket-version", in: bytes),
      bytes.extracting(version).holds("13")
    else {
      HTTPAnswer.refuse(
        "426 Upgrade Required", "expected a WebSocket of version 13, subprotocol xmpp (RFC 7395)",
        fields: "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", to: &output)
      return false
    }
    guard let key = head.value(of: "sec-websocket-key", in: bytes),
      isKey(bytes.extracting(key))
    else {
      HTTPAnswer.refuse(
        "400 Bad Request", "Sec-WebSocket-Key is not 16 bytes in base64", to: &output)
      return false
    }
    guard head.has("xmpp", in: "sec-websocket-protocol", of: bytes) else {
      HTTPAnswer.refuse(
        "400 Bad Request", "expected Sec-WebSocket-Protocol: xmpp (RFC 7395)", to: &output)
      return false
    }
    output.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    output.say("Sec-WebSocket-Protocol: xmpp\r\nSec-WebSocket-Accept: ")
    output.append(contentsOf: proof(Said.copy(bytes.extracting(key))))
    output.say("\r\n\r\n")
    return true
  }

  private static func isKey(_ key: Span<UInt8>) -> Bool {
    var decoded: [UInt8] = []
    return key.count == 24 && Base64.decode(Unescaped(0..<key.count), in: key, to: &decoded)
      && decoded.count == 16
  }
}

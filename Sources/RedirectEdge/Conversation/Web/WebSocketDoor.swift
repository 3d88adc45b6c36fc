/// How the edge enters a node through its WebSocket, as a client (RFC 6455 section 4.1, RFC 7395 section 3.1).
public struct WebSocketDoor: Sendable {
  /// `host:port` and the path of the node's URL.
  private let authority: String
  private let path: String
  /// What is sent as `Sec-WebSocket-Key`, and what the node must make of it.
  private let key: [UInt8]
  private let proof: [UInt8]
  /// Masks of frames are made of it.
  private var mask: UInt64

  /// - Parameters:
  ///   - key: 16 random bytes in base64.
  ///   - proof: the `Sec-WebSocket-Accept` that belongs to it.
  ///   - mask: random.
  public init(authority: String, path: String, key: [UInt8], proof: [UInt8], mask: UInt64) {
    self.authority = authority
    self.path = path
    self.key = key
    self.proof = proof
    self.mask = mask
  }

  /// Asks for a WebSocket.
  func knock(_ output: inout [UInt8]) {
    output.say("GET \(path) HTTP/1.1\r\nHost: \(authority)\r\nUpgrade: websocket\r\n")
    output.say("Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n")
    output.say("Sec-WebSocket-Protocol: xmpp\r\nSec-WebSocket-Key: ")
    output += key
    output.say("\r\n\r\n")
  }

  /// Where the node's consent ends in what it has said; nil: it has not said all of it.
  func open(_ bytes: Span<UInt8>) throws(Probe.Fault) -> Int? {
    let end: Int
    let head: HTTPHead
    do throws(HTTPHead.Fault) {
      guard let found = try HTTPHead.end(in: bytes, scanned: 0) else { return nil }
      end = found
      head = try HTTPHead(bytes.extracting(..<end))
    } catch {
      throw .notWebSocket
    }
    guard bytes.extracting(head.start[0]).begins("HTTP/1.") else { throw .notWebSocket }
    let status = bytes.extracting(head.start[1])
    guard status.holds("101") else {
      throw .refusedWebSocket(
        String(decoding: Said.copy(status).prefix(3), as: UTF8.self))
    }
    guard head.has("websocket", in: "upgrade", of: bytes),
      head.has("xmpp", in: "sec-websocket-protocol", of: bytes),
      head.values(of: "sec-websocket-extensions", in: bytes).isEmpty,
      let accept = head.value(of: "sec-websocket-accept", in: bytes),
      bytes.extracting(accept).equals(proof.span)
    else { throw .notWebSocket }
    return end
  }

  /// Says a piece in a frame of its own.
  mutating func say(_ piece: [UInt8], _ output: inout [UInt8]) {
    let start = output.count
    output += piece
    // SplitMix64: proxies are to be kept from seeing what a page wants them to see, and here only the edge speaks.
    mask &+= 0x9e37_79b9_7f4a_7c15
    var mixed = mask
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    WebSocketFrames.wrap(
      .text, from: start, mask: UInt32(truncatingIfNeeded: mixed >> 32), &output)
  }
}

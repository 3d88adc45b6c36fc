import Routing
import SeededNumbers
import Testing

/// What the edge says to nodes in the PROXY protocol.
@Suite struct ProxyHeaderWritingTests {
  static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a] + Array("QUIT\n".utf8)
  static let ipv6 = ClientAddress(
    high: 0x2001_0db8_0000_0001, low: 0x1122_3344_5566_7788, port: 258)

  static func said(_ client: ClientAddress, _ server: ClientAddress) -> [UInt8] {
    var output: [UInt8] = []
    ProxyHeader.say(client: client, server: server, &output)
    return output
  }

  @Test func ipv4WordForWord() {
    let client = ClientAddress(ipv4: 0xc000_0201, port: 0xdc04)
    #expect(
      Self.said(client, ClientAddress(ipv4: 0xc633_6402, port: 5222))
        == Self.signature + [0x21, 0x11, 0, 12] + [192, 0, 2, 1, 198, 51, 100, 2]
        + [0xdc, 0x04, 0x14, 0x66])
    // A client of IPv4 stays one, wherever it has come.
    #expect(
      Self.said(client, Self.ipv6)
        == Self.signature + [0x21, 0x11, 0, 12] + [192, 0, 2, 1, 0, 0, 0, 0, 0xdc, 0x04, 1, 2])
  }

  @Test func ipv6WordForWord() {
    let own: [UInt8] =
      [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1] + [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]
    #expect(
      Self.said(Self.ipv6, ClientAddress(high: 0, low: 1, port: 5222))
        == Self.signature + [0x21, 0x21, 0, 36] + own + Array(repeating: 0, count: 15) + [1]
        + [1, 2, 0x14, 0x66])
    #expect(
      Self.said(Self.ipv6, ClientAddress(ipv4: 0xc633_6402, port: 5222))
        == Self.signature + [0x21, 0x21, 0, 36] + own + Array(repeating: 0, count: 10)
        + [0xff, 0xff, 198, 51, 100, 2, 1, 2, 0x14, 0x66])
  }

  @Test func localWordForWord() {
    var output: [UInt8] = [1]
    ProxyHeader.sayLocal(&output)
    #expect(output == [1] + Self.signature + [0x20, 0x11, 0, 12] + Array(repeating: 0, count: 12))
    #expect(ProxyHeader.parse(Array(output[1...]).span) == .header(consumed: 28, client: nil))
  }

  /// Whoever the client is, our own receiver finds it, and nothing of what comes behind.
  @Test func theReceiverFindsTheClient() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      let addresses = (0..<2).map { _ in
        Bool.random(using: &random)
          ? ClientAddress(
            ipv4: .random(in: 0...(.max), using: &random),
            port: .random(in: 0...(.max), using: &random))
          : ClientAddress(
            high: .random(in: 0...(.max), using: &random),
            low: .random(in: 0...(.max), using: &random),
            port: .random(in: 0...(.max), using: &random))
      }
      let header = Self.said(addresses[0], addresses[1])
      #expect(
        ProxyHeader.parse((header + [0x3c]).span)
          == .header(consumed: header.count, client: addresses[0]))
    }
  }
}

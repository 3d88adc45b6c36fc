import Routing
import Testing

/// The PROXY protocol's text, sections 2.1 and 2.2.
@Suite struct ProxyHeaderTests {
  static func parse(_ bytes: [UInt8]) -> ProxyHeader.Result {
    ProxyHeader.parse(bytes.span)
  }

  static func v2(command: UInt8, family: UInt8, _ body: [UInt8], claimed: Int? = nil) -> [UInt8] {
    let length = claimed ?? body.count
    return [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
      + [0x20 | command, family, UInt8(length >> 8), UInt8(length & 255)] + body
  }

  static let ipv4Body: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 2, 0xdc, 0x04, 0x14, 0x66]
  static let client = ClientAddress(ipv4: 0xc000_0201, port: 0xdc04)

  @Test(arguments: [
    ("PROXY TCP4 192.0.2.1 198.51.100.2 56324 5222\r\n", client),
    ("PROXY TCP4 255.255.255.255 0.0.0.0 0 65535\r\n", ClientAddress(ipv4: .max, port: 0)),
    (
      "PROXY TCP6 2001:db8::1 ::1 56324 5222\r\n",
      ClientAddress(high: 0x2001_0db8_0000_0000, low: 1, port: 56324)
    ),
    (
      "PROXY TCP6 1:2:3:4:5:6:7:8 :: 1 2\r\n",
      ClientAddress(high: 0x0001_0002_0003_0004, low: 0x0005_0006_0007_0008, port: 1)
    ),
    ("PROXY TCP6 ::ffff:192.0.2.1 :: 56324 2\r\n", client),
    (
      "PROXY TCP6 1:2:3:4:5:6:7:: ::2 9 2\r\n",
      ClientAddress(high: 0x0001_0002_0003_0004, low: 0x0005_0006_0007_0000, port: 9)
    ),
  ])
  func lines(_ text: String, _ client: ClientAddress) {
    let bytes = Array(text.utf8)
    #expect(Self.parse(bytes + [0x3c]) == .header(consumed: bytes.count, client: client))
  }

  @Test(arguments: ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff:f::1 what ever 1\r\n"])
  func unknownMeansTheSocketsOwn(_ text: String) {
    #expect(Self.parse(Array(text.utf8)) == .header(consumed: text.utf8.count, client: nil))
  }

  @Test(arguments: [
    "PROXY TCP4 192.0.2.1 198.51.100.2 56324 5222\n",
    "PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n",
    "PROXY TCP4 192.0.2.256 198.51.100.2 56324 5222\r\n",
    "PROXY TCP4 192.0.2.01 198.51.100.2 56324 5222\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.2 65536 5222\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.2 56324 5222 \r\n",
    "PROXY TCP4 ::1 ::1 56324 5222\r\n",
    "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 56324 5222\r\n",
    "PROXY TCP6 1::2::3 ::1 56324 5222\r\n",
    "PROXY TCP6 1:2:3 ::1 56324 5222\r\n",
    "PROXY TCP6 12345::1 ::1 1 2\r\n",
    "PROXY TCP6 1: ::1 1 2\r\n",
    "PROXY UDP4 192.0.2.1 198.51.100.2 56324 5222\r\n",
    "proxy TCP4 192.0.2.1 198.51.100.2 56324 5222\r\n",
    "<?xml version='1.0'?>", "\r\n\r\nGET / HTTP/1.1",
    "PROXY TCP4 192.0.2.1 198.51.100.2 " + String(repeating: " ", count: 100),
  ])
  func wrongLines(_ text: String) {
    #expect(Self.parse(Array(text.utf8)) == .invalid)
  }

  @Test func binaryForms() {
    let ipv4 = Self.v2(command: 1, family: 0x11, Self.ipv4Body)
    #expect(Self.parse(ipv4 + [1]) == .header(consumed: 28, client: Self.client))
    let withExtensions = Self.v2(command: 1, family: 0x11, Self.ipv4Body + [0x04, 0, 1, 0])
    #expect(Self.parse(withExtensions) == .header(consumed: 32, client: Self.client))
    let address = (0..<16).map { UInt8($0) }
    let ipv6 = Self.v2(command: 1, family: 0x21, address + address + [1, 2, 3, 4])
    #expect(
      Self.parse(ipv6)
        == .header(
          consumed: 52,
          client: ClientAddress(high: 0x0001_0203_0405_0607, low: 0x0809_0a0b_0c0d_0e0f, port: 258))
    )
    #expect(Self.parse(Self.v2(command: 0, family: 0, [])) == .header(consumed: 16, client: nil))
    #expect(
      Self.parse(Self.v2(command: 0, family: 0x11, Self.ipv4Body))
        == .header(consumed: 28, client: nil))
    let unix = Self.v2(command: 1, family: 0x31, Array(repeating: 7, count: 216))
    #expect(Self.parse(unix) == .header(consumed: 232, client: nil))
  }

  @Test func wrongBinaryForms() {
    #expect(Self.parse(Self.v2(command: 2, family: 0x11, Self.ipv4Body)) == .invalid)
    #expect(Self.parse(Self.v2(command: 1, family: 0x41, Self.ipv4Body)) == .invalid)
    #expect(Self.parse(Self.v2(command: 1, family: 0x13, Self.ipv4Body)) == .invalid)
    #expect(Self.parse(Self.v2(command: 1, family: 0x21, Self.ipv4Body)) == .invalid)
    #expect(Self.parse(Self.v2(command: 1, family: 0x11, [], claimed: 65535)) == .invalid)
    var version1 = Self.v2(command: 1, family: 0x11, Self.ipv4Body)
    version1[12] = 0x11
    #expect(Self.parse(version1) == .invalid)
  }

  /// Every proper prefix of a right header is incomplete: it may come in any fragments.
  @Test func fragments() {
    let whole = [
      Array("PROXY TCP4 192.0.2.1 198.51.100.2 56324 5222\r\n".utf8),
      Array("PROXY UNKNOWN\r\n".utf8),
      Self.v2(command: 1, family: 0x11, Self.ipv4Body + [0x04, 0, 1, 0]),
    ]
    for header in whole {
      for length in 0..<header.count {
        #expect(Self.parse(Array(header[..<length])) == .incomplete, "\(length)")
      }
    }
  }

  /// Whatever comes, an answer is given, and no more bytes are consumed than there are.
  @Test func anyBytes() {
    var random = SystemRandomNumberGenerator()
    let seeds = [
      Array("PROXY TCP6 2001:db8::1 ::1 56324 5222\r\n".utf8),
      Self.v2(command: 1, family: 0x21, Array(repeating: 9, count: 40)),
    ]
    for _ in 0..<20000 {
      var bytes = seeds.randomElement(using: &random)!
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255)
      }
      bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      if case .header(let consumed, _) = Self.parse(bytes) { #expect(consumed <= bytes.count) }
    }
  }
}

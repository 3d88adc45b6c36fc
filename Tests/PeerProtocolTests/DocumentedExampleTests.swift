import MapFile
import Shared
import Testing

@testable import PeerProtocol

/// The dialogues of `docs/peer-protocol.md` are what this code says, byte for byte.
@Suite("The page of the protocol tells the truth")
struct DocumentedExampleTests {
  private static let secret = "correct horse battery staple"

  /// By the page: key, mark and hash of a client.
  private func clients() -> (mark: UInt64, alice: UInt64) {
    let digest = HMAC.sha256(
      Array("redirect-edge clients".utf8), key: Array(Self.secret.utf8))
    func word(_ start: Int) -> UInt64 {
      digest[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let key = (word(0), word(8))
    func hash(_ text: String) -> UInt64 { SipHash.hash24(Array(text.utf8).span, key: key) }
    let shape =
      "<?xml_version='1.0'?>;header=to',version',xmlns',xmlns:stream';starttls;tls=sni;"
      + "header=to',from',version',xmlns',xmlns:stream'"
    let looks = shape.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    var client = hash("alice@example.com")
    for word in [0, 0xffff_c000_0207, looks] { client = SipHash.hash24(client ^ word, key: key) }
    return (hash("redirect-edge clients 1"), client)
  }

  @Test("So does the one about a client")
  func aboutAClient() throws {
    let (mark, alice) = clients()
    let said = try dialogue(secret: Self.secret, clients: mark) {
      _ = $0.tell(.redirected(client: alice, node: "imB"), now: 0)
      _ = $0.tell(.doesNotFollow(client: alice), now: 0)
    }
    let text = said.joined(separator: "\n")
    #expect(try Self.page().contains("```\n\(text)\n```"), "\(text)")
  }

  private func dialogue(
    secret: String?, clients: UInt64? = nil, then speak: ((inout PeerClient) -> Void)? = nil
  ) throws -> [String] {
    var numbers = CountingGenerator(number: 0x00)
    var others = CountingGenerator(number: 0x80)
    let hmac = secret.map(Crew.hmac)
    let client = PeerParty(
      edge: EdgeID(using: &numbers), map: Crew.map("a"), profile: .nodeprep, hmac: hmac,
      clients: clients)
    let server = PeerParty(
      edge: EdgeID(using: &others), map: Crew.map("b"), profile: .nodeprep, hmac: hmac,
      clients: clients)
    var line = Line(client, server)
    line.client = PeerClient(client, now: 0, using: &numbers)
    line.server = PeerServer(server, now: 0, using: &others)
    line.now = 0
    // Turn by turn, so that the lines stand in the order in which they are said.
    var said: [String] = []
    func turn() throws {
      let (up, down) = (line.fromClient.count, line.fromServer.count)
      try line.settle()
      let client = Crew.lines(Array(line.fromClient[up...])).map { "C: \($0)" }
      let server = Crew.lines(Array(line.fromServer[down...])).map { "S: \($0)" }
      // Within a turn each side answers the other's line.
      for place in 0..<max(client.count, server.count) {
        said += [client, server].compactMap { $0.indices.contains(place) ? $0[place] : nil }
      }
    }
    try turn()
    if let speak {
      speak(&line.client)
      try turn()
      return said
    }
    _ = line.client.ask(number: 1, user: Array("alice@example.com".utf8), now: 0)
    try turn()
    _ = line.client.ask(number: 2, user: Array("bob@example.com".utf8), now: 0)
    try turn()
    return said
  }

  private static func page() throws -> String {
    let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return try String(decoding: contents(of: "/\(path)/docs/peer-protocol.md"), as: UTF8.self)
  }

  @Test("Each dialogue stands there", arguments: [nil, secret])
  func stands(secret: String?) throws {
    let text = try dialogue(secret: secret).joined(separator: "\n")
    #expect(try Self.page().contains("```\n\(text)\n```"), "\(text)")
  }

  @Test("The secret, and every fault, stand there")
  func names() throws {
    let page = try Self.page()
    #expect(page.contains("`\(Self.secret)`"))
    for fault in PeerFault.allCases where fault != .told {
      #expect(page.contains("| `\(fault.rawValue)` |"), "\(fault)")
    }
  }
}

import Shared
import Testing

@testable import PeerProtocol

/// The dialogues of `docs/peer-protocol.md` are what this code says, byte for byte.
@Suite("The page of the protocol tells the truth")
struct DocumentedExampleTests {
  private static let secret = "correct horse battery staple"

  private func dialogue(secret: String?) throws -> [String] {
    var numbers = CountingGenerator(number: 0x00)
    var others = CountingGenerator(number: 0x80)
    let hmac = secret.map(Crew.hmac)
    let client = PeerParty(
      edge: EdgeID(using: &numbers), map: Crew.map("a"), profile: .nodeprep, hmac: hmac)
    let server = PeerParty(
      edge: EdgeID(using: &others), map: Crew.map("b"), profile: .nodeprep, hmac: hmac)
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

import Shared
import Testing

@testable import PeerProtocol

private let id = "000102030405060708090a0b0c0d0e0f"
private let a = String(repeating: "61", count: 32)

@Suite("Lines of the peer protocol")
struct PeerMessageTests {
  private static let right: [(String, PeerMessage)] = [
    ("PING", .ping), ("PONG", .pong), ("MAP -", .map(nil)), ("MAP \(a)", .map(Crew.map("a"))),
    ("Q 0 alice@example.com", .query(number: 0, user: Array("alice@example.com".utf8))),
    ("Q 18446744073709551615 ü@ü", .query(number: .max, user: Array("ü@ü".utf8))),
    (
      "A 7 a@b \(a) 4294967295 imA,im-B.c_1",
      .known(
        number: 7, user: Array("a@b".utf8), map: Crew.map("a"), partition: .max,
        nodes: ["imA", "im-B.c_1"])
    ),
    ("U 7 a@b \(a)", .unknown(number: 7, user: Array("a@b".utf8), map: Crew.map("a"))),
    ("E 7 no-map", .refused(number: 7, reason: "no-map")),
    (
      "R 00fedcba98765432 im-B.c_1",
      .notice(.redirected(client: 0x00fe_dcba_9876_5432, node: "im-B.c_1"))
    ),
    ("N ffffffffffffffff", .notice(.doesNotFollow(client: .max))),
    ("FAULT bad-line", .fault(name: "bad-line")),
    ("PROOF \(a)", .proof(Crew.map("a").bytes)),
    (
      "HELLO 1 \(id) - - -",
      .hello(
        PeerHello(edge: EdgeID(word: Array(id.utf8)[...])!, map: nil, profile: nil, nonce: nil))
    ),
    (
      "HELLO 1 \(id) - - - clients=0000000000000001",
      .hello(
        PeerHello(
          edge: EdgeID(word: Array(id.utf8)[...])!, map: nil, profile: nil, nonce: nil, clients: 1))
    ),
    (
      "HELLO 1 \(id) \(a) precis \(a)",
      .hello(
        PeerHello(
          edge: EdgeID(word: Array(id.utf8)[...])!, map: Crew.map("a"), profile: .precis,
          nonce: PeerNonce(word: Array(a.utf8)[...])))
    ),
  ]

  @Test("What is written is read, and the other way", arguments: right)
  func roundTrip(line: String, message: PeerMessage) throws {
    #expect(try PeerMessage(line: Array(line.utf8)[...]) == message)
    var written: [UInt8] = []
    message.append(to: &written)
    #expect(String(decoding: written, as: UTF8.self) == line + "\n")
  }

  @Test("A later version's longer hello is read")
  func longerHello() throws {
    let short = try PeerMessage(line: Array("HELLO 1 \(id) - nodeprep -".utf8)[...])
    let many = String(repeating: " x", count: 50)
    for more in [" future", " a b c d", many] {
      let line = Array("HELLO 1 \(id) - nodeprep -\(more)".utf8)
      #expect(try PeerMessage(line: line[...]) == short)
    }
  }

  @Test(
    "What is no line of the protocol is refused",
    arguments: [
      "", " ", "PING ", " PING", "ping", "PING 1", "QUIT", "MAP", "MAP  -", "MAP - -", "MAP \(a)0",
      "MAP \(a.dropLast())", "MAP \(a.replacing("6", with: "G"))", "MAP \(a.dropLast())A",
      "Q 1", "Q  1 a@b", "Q 01 a@b", "Q +1 a@b", "Q -1 a@b", "Q 18446744073709551616 a@b",
      "Q 99999999999999999999999 a@b", "Q x a@b", "Q 1 a@b c", "Q 1 a@b\r", "Q 1 a\u{7f}@b",
      "Q 1 a\tb", "A 1 a@b \(a) 0 n", "A 1 a@b \(a) 4294967296 n", "A 1 a@b \(a) 1 ",
      "A 1 a@b \(a) 1 n,", "A 1 a@b \(a) 1 ,n", "A 1 a@b \(a) 1 n,,m", "A 1 a@b \(a) 1 n m",
      "A 1 a@b \(a) 1 nö", "A 1 a@b - 1 n", "A 1 a@b \(a) 1 \(String(repeating: "n", count: 65))",
      "U 1 a@b", "U 1 a@b -", "U 1 a@b \(a) x", "E 1", "E 1 No", "E 1 a b", "FAULT", "FAULT X",
      "FAULT \(String(repeating: "x", count: 33))", "PROOF -", "PROOF \(a)00", "HELLO",
      "HELLO 1", "HELLO 1 \(id) - -", "HELLO 1 \(id)0 - - -", "HELLO 1 \(id) - - x",
      "N", "N 0", "N ffffffffffffffff0", "N FFFFFFFFFFFFFFFF", "N ffffffffffffffff imA", "R",
      "R ffffffffffffffff", "R ffffffffffffffff imA imB", "R ffffffffffffffff imA,imB",
      "R fffffffffffffff imA", "R ffffffffffffffff \(String(repeating: "n", count: 65))", "R 1 -",
      "HELLO x \(id) - - -", "Q 1 \(String(repeating: "u", count: 2048))",
    ])
  func bad(line: String) {
    #expect(throws: PeerFault.badLine) { try PeerMessage(line: Array(line.utf8)[...]) }
  }

  @Test("Other versions, other profiles, other alphabets")
  func special() {
    for line in ["HELLO 2 whatever", "HELLO 0 \(id) - - -", "HELLO 99999 \(id) - nodeprep -"] {
      #expect(throws: PeerFault.version) { try PeerMessage(line: Array(line.utf8)[...]) }
    }
    #expect(throws: PeerFault.profile) {
      try PeerMessage(line: Array("HELLO 1 \(id) - saslprep -".utf8)[...])
    }
    for bytes: [UInt8] in [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]] {
      let line = Array("Q 1 a".utf8) + bytes + Array("@b".utf8)
      #expect(throws: PeerFault.badLine) { try PeerMessage(line: line[...]) }
    }
  }

  @Test("The longest answer fits a line, with as many nodes as there is room for")
  func longest() throws {
    let user = [UInt8](repeating: UInt8(ascii: "u"), count: 2047)
    let nodes = (10..<90).map { "\($0)" + String(repeating: "n", count: 62) }
    let message = PeerMessage.known(
      number: .max, user: user, map: Crew.map("a"), partition: .max, nodes: nodes)
    var written: [UInt8] = []
    message.append(to: &written)
    #expect(written.count <= PeerLimits.line)
    guard case .known(_, user, _, .max, let read) = try PeerMessage(line: written.dropLast())
    else {
      Issue.record("read as something else")
      return
    }
    #expect(read.count >= 25)
    #expect(read == Array(nodes.prefix(read.count)))
  }
}

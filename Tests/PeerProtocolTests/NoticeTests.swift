import SeededNumbers
import Shared
import Testing

@testable import PeerProtocol

/// One side tells the other of clients.
@Suite("What edges tell each other of clients")
struct NoticeTests {
  static let notices: [PeerNotice] = [
    .redirected(client: 0x0123_4567_89ab_cdef, node: "imA"),
    .doesNotFollow(client: 0), .doesNotFollow(client: .max),
    .redirected(client: 1, node: String(repeating: "n", count: 64)),
  ]

  @Test(
    "Told in order, between questions, in pieces of any size, with and without a secret",
    arguments: [nil, "a secret of edges"], [1, 2, 3, 7, 64, Int.max])
  func told(secret: String?, piece: Int) throws {
    var line = Line(
      Crew.party(1, map: "a", secret: secret, clients: 5),
      Crew.party(2, map: "b", secret: secret, clients: 5))
    line.piece = piece
    // Nobody is told before the greeting is over.
    let early = line.client.tell(Self.notices[0], now: line.now)
    #expect(early)
    try line.settle()
    #expect(line.client.tellsOfClients && line.heard.isEmpty)
    for (number, notice) in Self.notices.enumerated() {
      _ = line.client.tell(notice, now: line.now)
      _ = line.client.ask(
        number: UInt64(number), user: Array("alice@example.com".utf8), now: line.now)
    }
    try line.settle()
    #expect(line.heard == Self.notices)
    #expect(line.events.count == 1 + Self.notices.count)
  }

  @Test(
    "Nobody is told who hashes otherwise, or does not know of it",
    arguments: [(nil, 5), (5, nil), (5, 6), (nil, nil)] as [(UInt64?, UInt64?)])
  func untold(client: UInt64?, server: UInt64?) throws {
    var line = Line(
      Crew.party(1, map: "a", clients: client), Crew.party(2, map: "b", clients: server))
    try line.settle()
    #expect(!line.client.tellsOfClients)
    let before = line.fromClient.count
    for notice in Self.notices {
      let isNotLost = line.client.tell(notice, now: line.now)
      #expect(isNotLost)
    }
    try line.settle()
    #expect(line.fromClient.count == before && line.heard.isEmpty)
    // Who tells all the same breaks the rules.
    line.server.feed(Array("N 0123456789abcdef\n".utf8).span)
    #expect(throws: PeerFault.unexpected) {
      try line.server.step(now: line.now, lookup: { _ in nil })
    }
  }

  @Test("A program of before reads a hello with a mark, and is told nothing")
  func older() throws {
    let words = "HELLO 1 \(Crew.edge(3)) - nodeprep -"
    let marked = "\(words) x clients=zz later clients=000000000000000a"
    #expect(try Self.hello(words).clients == nil)
    #expect(try Self.hello("\(words) clients=000000000000000a").clients == 10)
    #expect(try Self.hello(marked).clients == 10)
    for bad in ["clients=", "clients=00000000000000A0", "clients=0", "Clients=000000000000000a"] {
      #expect(try Self.hello("\(words) \(bad)").clients == nil)
    }
  }

  private static func hello(_ line: String) throws -> PeerHello {
    guard case .hello(let hello) = try PeerMessage(line: Array(line.utf8)[...]) else {
      throw PeerFault.badLine
    }
    return hello
  }

  @Test("Only so many a second, here and there; more are lost and nobody's fault")
  func bounded() throws {
    var line = Line(Crew.party(1, clients: 5), Crew.party(2, map: "b", clients: 5))
    try line.settle()
    func tell(_ count: Int) -> Int {
      (0..<count).count { line.client.tell(.doesNotFollow(client: UInt64($0)), now: line.now) }
    }
    #expect(tell(3 * PeerLimits.notices) == PeerLimits.notices)
    try line.settle()
    #expect(line.heard.count == PeerLimits.notices)
    line.now += 100
    #expect(tell(3 * PeerLimits.notices) == PeerLimits.notices / 10)
    // One that does not keep to it is heard so far and no further.
    var heard = 0
    line.client.output = []
    line.now += 1000
    let flood = String(repeating: "R 0123456789abcdef imA\n", count: 2 * PeerLimits.notices)
    line.server.feed(Array(flood.utf8).span)
    let now = line.now
    while try line.server.step(now: now, lookup: { _ in nil }, hear: { _ in heard += 1 }) {}
    #expect(heard == PeerLimits.notices)
    _ = line.client.ask(number: 1, user: Array("alice@example.com".utf8), now: line.now)
    try line.settle()
    #expect(line.events.count == 2)
  }
}

import SeededNumbers
import Shared
import Testing

@testable import PeerProtocol

/// A client and a server that are connected by nothing but arrays.
struct Line {
  var client: PeerClient
  var server: PeerServer
  var events: [PeerClient.Event] = []
  /// What the server has heard of clients.
  var heard: [PeerNotice] = []
  var now: Int64 = 1000
  var users: [String: (partition: Partition, nodes: [String])] = [
    "alice@example.com": (3, ["imB", "imC", "imA"])
  ]
  /// Bytes in one piece.
  var piece = Int.max
  private(set) var fromClient: [UInt8] = []
  private(set) var fromServer: [UInt8] = []

  init(_ client: PeerParty, _ server: PeerParty) {
    var random = SeededGenerator(seed: 7)
    self.client = PeerClient(client, now: now, using: &random)
    self.server = PeerServer(server, now: now, using: &random)
  }

  /// Carries bytes back and forth until nobody says anything.
  mutating func settle() throws {
    while !client.output.isEmpty || !server.output.isEmpty {
      let up = client.output
      client.output = []
      fromClient += up
      let users = users
      for start in stride(from: 0, to: up.count, by: piece) {
        server.feed(Array(up[start...].prefix(piece)).span)
        while try server.step(
          now: now, lookup: { users[String(decoding: $0, as: UTF8.self)] },
          hear: { heard.append($0) })
        {}
      }
      let down = server.output
      server.output = []
      fromServer += down
      for start in stride(from: 0, to: down.count, by: piece) {
        client.feed(Array(down[start...].prefix(piece)).span)
        while let event = try client.next(now: now) { events.append(event) }
      }
    }
  }
}

@Suite("One connection")
struct SessionTests {
  @Test(
    "Hello, questions, a new map, ping; with and without a secret; bytes in pieces of any size",
    arguments: [nil, "a secret of edges"], [1, 2, 3, 5, 11, 64, Int.max])
  func dialogue(secret: String?, piece: Int) throws {
    var line = Line(
      Crew.party(1, map: "a", secret: secret), Crew.party(2, map: "b", secret: secret))
    line.piece = piece
    #expect(line.client.ask(number: 1, user: Array("too@early".utf8), now: line.now) == false)
    try line.settle()
    guard case .ready(let hello) = line.events.first else {
      Issue.record("not ready")
      return
    }
    #expect(hello.edge == Crew.edge(2) && hello.map == Crew.map("b"))
    #expect(line.server.client?.edge == Crew.edge(1))

    let users = ["alice@example.com", "nobody@example.com"]
    for (number, user) in users.enumerated() {
      #expect(
        line.client.ask(number: UInt64(number), user: Array(user.utf8), now: line.now) == true)
    }
    #expect(line.client.ask(number: 1, user: Array("again@b".utf8), now: line.now) == false)
    try line.settle()
    line.server.announce(Crew.map("c"))
    line.server.announce(Crew.map("c"))
    #expect(
      line.client.ask(number: 0, user: Array("bob@example.com".utf8), now: line.now) == true)
    line.client.announce(nil)
    try line.settle()
    line.now += PeerLimits.quiet
    try line.client.tick(now: line.now)
    try line.settle()
    #expect(
      Array(line.events.dropFirst()) == [
        .reply(number: 0, .known(partition: 3, nodes: ["imB", "imC", "imA"])),
        .reply(number: 1, .unknown),
        .map(Crew.map("c")),
        .reply(number: 0, .unknown),
      ])
    #expect(Crew.lines(line.fromClient).last == "PING")
    #expect(Crew.lines(line.fromServer).last == "PONG")
    #expect(line.client.deadline == line.now + PeerLimits.quiet)
  }

  @Test("What the server says may be cut at any byte")
  func everySplit() throws {
    func parties() -> (PeerParty, PeerParty) {
      (Crew.party(1, map: "a", secret: "s"), Crew.party(2, map: "b", secret: "s"))
    }
    var whole = Line(parties().0, parties().1)
    try whole.settle()
    _ = whole.client.ask(number: 5, user: Array("alice@example.com".utf8), now: whole.now)
    try whole.settle()
    let bytes = whole.fromServer
    // The server's part again to fresh clients of the same random numbers, cut at each byte.
    for cut in 0...bytes.count {
      var again = Line(parties().0, parties().1)
      var events: [PeerClient.Event] = []
      for part in [bytes[..<cut], bytes[cut...]] {
        again.client.feed(Array(part).span)
        while let event = try again.client.next(now: 0) {
          events.append(event)
          if case .ready = event {
            _ = again.client.ask(number: 5, user: Array("alice@example.com".utf8), now: 0)
          }
        }
      }
      #expect(events == whole.events)
    }
  }

  @Test("A server without a map says so, and one that gets a map tells it")
  func noMap() throws {
    var line = Line(Crew.party(1), Crew.party(2))
    try line.settle()
    _ = line.client.ask(number: 1, user: Array("alice@example.com".utf8), now: line.now)
    try line.settle()
    line.server.announce(Crew.map("b"))
    try line.settle()
    _ = line.client.ask(number: 2, user: Array("alice@example.com".utf8), now: line.now)
    try line.settle()
    #expect(
      Array(line.events.dropFirst()) == [
        .reply(number: 1, .refused(reason: "no-map")), .map(Crew.map("b")),
        .reply(number: 2, .known(partition: 3, nodes: ["imB", "imC", "imA"])),
      ])
  }

  @Test("A map that changes in the middle of the greeting is told right after it")
  func mapDuringGreeting() throws {
    var line = Line(
      Crew.party(1, map: "a", secret: "secret"), Crew.party(2, map: "b", secret: "secret"))
    let hello = line.client.output
    line.client.output = []
    line.server.feed(hello.span)
    _ = try line.server.step(now: 0) { _ in nil }
    line.server.announce(Crew.map("c"))
    try line.settle()
    #expect(line.events.last == .map(Crew.map("c")))
  }

  @Test("A program that only asks takes the server's profile; two edges must agree")
  func profiles() throws {
    var line = Line(Crew.party(1, profile: nil), Crew.party(2, map: "b", profile: .precis))
    try line.settle()
    #expect(line.events.count == 1)
    var edges = Line(Crew.party(1), Crew.party(2, map: "b", profile: .precis))
    #expect(throws: PeerFault.profile) { try edges.settle() }
    var nobody = Line(Crew.party(1, profile: nil), Crew.party(2, profile: nil))
    #expect(throws: PeerFault.profile) { try nobody.settle() }
  }

  @Test("Secrets: another one, none here, none there, and one's own proof sent back")
  func secrets() throws {
    var other = Line(Crew.party(1, secret: "one secret"), Crew.party(2, secret: "another"))
    #expect(throws: PeerFault.proof) { try other.settle() }
    #expect(Crew.lines(other.server.output).last == "FAULT proof")
    // The server has proved nothing to one who does not know the secret.
    #expect(!Crew.lines(other.server.output).contains { $0.hasPrefix("PROOF") })

    var here = Line(Crew.party(1, secret: "one secret"), Crew.party(2))
    #expect(throws: PeerFault.mode) { try here.settle() }
    var there = Line(Crew.party(1), Crew.party(2, secret: "one secret"))
    #expect(throws: PeerFault.mode) { try there.settle() }

    // A mirror: it sends our hello and our proof back, under another name.
    var random = SeededGenerator(seed: 1)
    var client = PeerClient(Crew.party(1, secret: "one secret"), now: 0, using: &random)
    let hello = Crew.lines(client.output)[0].replacing("\(Crew.edge(1))", with: "\(Crew.edge(9))")
    client.output = []
    client.feed(Array("\(hello)\n".utf8).span)
    _ = try client.next(now: 0)
    let proof = Crew.lines(client.output)[0]
    client.feed(Array("\(proof)\n".utf8).span)
    #expect(throws: PeerFault.proof) { try client.next(now: 0) }
  }

  @Test("Who would talk to itself stops")
  func itself() throws {
    var line = Line(Crew.party(1, map: "a"), Crew.party(1, map: "a"))
    #expect(throws: PeerFault.itself) { try line.settle() }
    let last = line.server.output
    line.client.feed(last.span)
    #expect(throws: PeerFault.told) { try line.client.next(now: 0) }
    #expect(line.client.toldFault == "itself")
    #expect(line.client.output.isEmpty)
  }
}

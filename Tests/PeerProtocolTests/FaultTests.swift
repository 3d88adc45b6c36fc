import SeededNumbers
import Shared
import Testing

@testable import PeerProtocol

@Suite("Peers that lie")
struct FaultTests {
  private static let a = String(repeating: "61", count: 32)
  private static let b = String(repeating: "62", count: 32)

  /// A client that is ready and has asked 1 and 2.
  private func askingClient() throws -> PeerClient {
    var line = Line(Crew.party(1, map: "a"), Crew.party(2, map: "b"))
    try line.settle()
    for (number, user) in ["alice@example.com", "bob@example.com"].enumerated() {
      _ = line.client.ask(number: UInt64(number + 1), user: Array(user.utf8), now: line.now)
    }
    line.client.output = []
    return line.client
  }

  @Test(
    "What a server may not say ends the connection, and says why",
    arguments: [
      ("A 3 alice@example.com \(b) 1 n\n", PeerFault.notAsked),
      ("U 3 alice@example.com \(b)\n", .notAsked), ("E 3 busy\n", .notAsked),
      ("U 1 alice@example.com \(b)\nU 1 alice@example.com \(b)\n", .notAsked),
      ("A 1 bob@example.com \(b) 1 n\n", .wrongUser), ("U 2 Bob@example.com \(b)\n", .wrongUser),
      ("A 1 alice@example.com \(a) 1 n\n", .wrongMap), ("U 1 alice@example.com \(a)\n", .wrongMap),
      ("MAP \(a)\nU 1 alice@example.com \(b)\n", .wrongMap),
      ("MAP -\nU 1 alice@example.com \(b)\n", .wrongMap),
      ("PONG\n", .unexpected), ("PING\n", .unexpected), ("Q 1 a@b\n", .unexpected),
      ("N ffffffffffffffff\n", .unexpected), ("R ffffffffffffffff imA\n", .unexpected),
      ("PROOF \(a)\n", .unexpected), ("HELLO 1 \(Crew.edge(2)) - nodeprep -\n", .unexpected),
      ("HTTP/1.1 400 Bad Request\r\n", .badLine), ("\n", .badLine), ("\u{0}\n", .badLine),
      (String(repeating: "x", count: 5000), .lineTooLong),
      ("FAULT leaving\n", .told),
    ])
  func lies(text: String, fault: PeerFault) throws {
    var client = try askingClient()
    client.feed(Array(text.utf8).span)
    #expect(throws: fault) { while try client.next(now: 1000) != nil {} }
    #expect(Crew.lines(client.output) == (fault == .told ? [] : ["FAULT \(fault.rawValue)"]))
    // The connection is over: nothing more is heard, said or thrown.
    client.output = []
    client.feed(Array("U 2 bob@example.com \(Self.b)\nPING\n".utf8).span)
    #expect(try client.next(now: 1000) == nil)
    #expect(client.ask(number: 9, user: Array("a@b".utf8), now: 1000) == false)
    #expect(client.output.isEmpty && client.deadline == .max)
  }

  @Test(
    "What a client may not say ends the connection, and says why",
    arguments: [
      ("A 1 a@b \(a) 1 n\n", PeerFault.unexpected), ("PONG\n", .unexpected),
      ("N ffffffffffffffff\n", .unexpected), ("R ffffffffffffffff imA\n", .unexpected),
      ("nonsense\n", .badLine),
      (String(repeating: "Q", count: 4096), .lineTooLong),
      ("FAULT leaving\n", .told),
    ])
  func badClients(text: String, fault: PeerFault) throws {
    var line = Line(Crew.party(1, map: "a"), Crew.party(2, map: "b"))
    try line.settle()
    line.server.feed(Array(text.utf8).span)
    #expect(throws: fault) { while try line.server.step(now: 0, lookup: { _ in nil }) {} }
    #expect(Crew.lines(line.server.output).last != "PING")
    #expect(try line.server.step(now: 0, lookup: { _ in nil }) == false)
  }

  @Test("Lines without end: only so many changes of the map, only so many questions")
  func tooMany() throws {
    var client = try askingClient()
    client.feed(Array(String(repeating: "MAP -\n", count: PeerLimits.maps + 1).utf8).span)
    for _ in 0..<PeerLimits.maps { #expect(try client.next(now: 1000) == .map(nil)) }
    #expect(throws: PeerFault.tooMany) { try client.next(now: 1000) }

    for text in ["PING\n", "Q 1 a@b\n", "MAP -\n"] {
      var line = Line(Crew.party(1, map: "a"), Crew.party(2, map: "b"))
      try line.settle()
      line.server.feed(Array(String(repeating: text, count: PeerLimits.lines).utf8).span)
      // One line was the hello.
      for _ in 1..<PeerLimits.lines {
        try #require(try line.server.step(now: line.now, lookup: { _ in nil }))
      }
      #expect(throws: PeerFault.tooMany) {
        try line.server.step(now: line.now, lookup: { _ in nil })
      }
    }
  }

  @Test(
    "Nobody gets an answer before a right hello",
    arguments: [
      ("Q 1 alice@example.com\n", PeerFault.unexpected), ("PING\n", .unexpected),
      ("N ffffffffffffffff\n", .unexpected),
      ("PROOF \(a)\n", .unexpected), ("GET / HTTP/1.1\r\n", .badLine),
      ("<stream:stream>\n", .badLine), ("HELLO 2 x\n", .version), ("\u{16}\u{3}\u{1}\n", .badLine),
      ("HELLO 1 \(Crew.edge(1)) - precis -\n", .profile),
      ("HELLO 1 \(Crew.edge(1)) - nodeprep \(a)\n", .mode),
      ("HELLO 1 \(Crew.edge(2)) - nodeprep -\n", .itself),
    ])
  func strangers(text: String, fault: PeerFault) {
    var random = SeededGenerator(seed: 1)
    var server = PeerServer(Crew.party(2, map: "b"), now: 0, using: &random)
    server.feed(Array(text.utf8).span)
    #expect(throws: fault) { try server.step(now: 0) { _ in (1, ["n"]) } }
    #expect(Crew.lines(server.output) == ["FAULT \(fault.rawValue)"])
  }

  @Test("Every fault has a name that can be told")
  func names() throws {
    for fault in PeerFault.allCases {
      var line: [UInt8] = []
      PeerMessage.fault(name: fault.rawValue).append(to: &line)
      #expect(try PeerMessage(line: line.dropLast()) == .fault(name: fault.rawValue))
    }
  }

  @Test("Who says nothing is given up: no hello, no answer, no pong, no question")
  func silence() throws {
    var random = SeededGenerator(seed: 1)
    var client = PeerClient(Crew.party(1), now: 0, using: &random)
    var server = PeerServer(Crew.party(2), now: 0, using: &random)
    #expect(client.deadline == PeerLimits.greeting && server.deadline == PeerLimits.greeting)
    try client.tick(now: PeerLimits.greeting - 1)
    try server.tick(now: PeerLimits.greeting - 1)
    #expect(throws: PeerFault.silent) { try client.tick(now: PeerLimits.greeting) }
    #expect(throws: PeerFault.silent) { try server.tick(now: PeerLimits.greeting) }

    var asked = try askingClient()
    #expect(asked.deadline == 1000 + PeerLimits.answer)
    #expect(throws: PeerFault.silent) { try asked.tick(now: 1000 + PeerLimits.answer) }

    var line = Line(Crew.party(1), Crew.party(2))
    try line.settle()
    try line.client.tick(now: 1000 + PeerLimits.quiet)
    #expect(Crew.lines(line.client.output) == ["PING"])
    #expect(throws: PeerFault.silent) {
      try line.client.tick(now: 1000 + PeerLimits.quiet + PeerLimits.answer)
    }
    #expect(line.server.deadline == 1000 + PeerLimits.idle)
    #expect(throws: PeerFault.silent) { try line.server.tick(now: 1000 + PeerLimits.idle) }
  }

  @Test("Queries without an answer are bounded")
  func openQueries() throws {
    var line = Line(Crew.party(1, map: "a"), Crew.party(2, map: "b"))
    try line.settle()
    let accepted = (0..<3000).count { number in
      line.client.ask(number: UInt64(number), user: Array("u@b".utf8), now: line.now)
    }
    #expect(accepted == PeerLimits.open)
    try line.settle()
    #expect(line.events.count == 1 + PeerLimits.open)
    #expect(line.client.ask(number: 0, user: Array("u@b".utf8), now: line.now) == true)
  }
}

import SeededNumbers
import Shared
import Testing

@testable import PeerProtocol

/// Foreign bytes: whatever comes, nothing crashes, nothing grows, a fault comes once, and what a well-behaved side has
/// said stays true.
@Suite("Any bytes at all")
struct FuzzTests {
  private static let client = Crew.party(1, map: "a", clients: 5)
  private static let server = Crew.party(2, map: "b", clients: 5)

  @Test("Noise, and right dialogues with wounds", arguments: 0..<60)
  func bytes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var line = Line(Self.client, Self.server)
    try line.settle()
    _ = line.client.ask(number: 1, user: Array("alice@example.com".utf8), now: line.now)
    for notice in NoticeTests.notices { _ = line.client.tell(notice, now: line.now) }
    try line.settle()
    for _ in 0..<100 {
      var toClient = Self.wounded(line.fromServer, using: &random)
      var toServer = Self.wounded(line.fromClient, using: &random)
      if seed % 3 == 0 {
        toClient = (0..<300).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        toServer = toClient
      }
      var same = SeededGenerator(seed: 7)
      drive(PeerClient(Self.client, now: 0, using: &same), toClient, &random)
      drive(PeerServer(Self.server, now: 0, using: &same), toServer, &random)
    }
  }

  private func drive(
    _ session: PeerClient, _ bytes: [UInt8], _ random: inout SeededGenerator
  ) {
    var session = session
    var faults = 0
    var replies = 0
    for piece in Self.pieces(bytes, &random) {
      session.feed(piece.span)
      do throws(PeerFault) {
        while let event = try session.next(now: 0) {
          if case .ready = event {
            _ = session.ask(number: 1, user: Array("alice@example.com".utf8), now: 0)
          }
          if case .reply = event { replies += 1 }
        }
      } catch {
        faults += 1
      }
    }
    #expect(faults <= 1 && replies <= 1)
    #expect(session.output.count <= 3 * PeerLimits.line)
  }

  private func drive(
    _ session: PeerServer, _ bytes: [UInt8], _ random: inout SeededGenerator
  ) {
    var session = session
    var faults = 0
    var notices: [PeerNotice] = []
    for piece in Self.pieces(bytes, &random) {
      session.feed(piece.span)
      do throws(PeerFault) {
        while try session.step(
          now: 0, lookup: { _ in (1, ["imA"]) }, hear: { notices.append($0) })
        {}
      } catch {
        faults += 1
      }
    }
    #expect(faults <= 1)
    // Each takes a line, and names a node that a pool can have.
    #expect(notices.count <= bytes.count { $0 == UInt8(ascii: "\n") })
    for case .redirected(_, let node) in notices {
      #expect(PeerMessage.canCarry(node: Array(node.utf8)[...]))
    }
  }

  private static func pieces(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      pieces.append(Array(rest.prefix(Int.random(in: 1...100, using: &random))))
      rest = rest.dropFirst(pieces[pieces.count - 1].count)
    }
    return pieces
  }

  /// Bytes changed, lost, doubled, moved.
  private static func wounded(
    _ bytes: [UInt8], using random: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: bytes.indices, using: &random)
      let end = min(bytes.count, place + Int.random(in: 1...80, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3: bytes.insert(Array(" \n-,".utf8).randomElement(using: &random)!, at: place)
      default: bytes.append(contentsOf: bytes[place..<end])
      }
    }
    return bytes
  }
}

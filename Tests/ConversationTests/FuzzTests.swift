import Conversation
import SeededNumbers
import Shared
import Testing

@Suite("Whatever comes")
struct FuzzTests {
  /// Everything that clients say in the plays.
  static let seeds: [(Security, Setup, [UInt8])] =
    (StreamPlays.security + StreamPlays.addressing + StreamPlays.form + StreamPlays.ends
    + LoginPlays.sasl + LoginPlays.sasl2 + LoginPlays.query + NobodyPlays.header
    + NobodyPlays.logins)
    .map { ($0.security, $0.setup, $0.clientBytes) }

  /// Pieces that a mutation puts in.
  static let tokens = [
    "<", ">", "/", "'", "\"", "=", "&", ";", "&amp;", "&#x41;", "]]>", "<![CDATA[", "<!--", "<?",
    "</stream:stream>", "xmlns=", "xmlns:a='b'", "stream:", "<a>", "</a>", "<a/>", " ", "\0", "é",
    "@", "n,,n=x,r=y", Cast.auth("PLAIN", "\0bob\0x"), Cast.startTLS, Cast.header(),
  ].map { Array($0.utf8) }

  static func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let rest = bytes.count - place
      switch Int.random(in: 0..<5, using: &random) {
      case 0 where rest > 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1 where rest > 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2:
        bytes.removeSubrange(place..<(place + Int.random(in: 0...min(rest, 20), using: &random)))
      case 3:
        let end = place + Int.random(in: 0...min(rest, 60), using: &random)
        bytes.insert(contentsOf: bytes[place..<end], at: place)
      default: bytes.insert(contentsOf: tokens.randomElement(using: &random)!, at: place)
      }
    }
    return bytes
  }

  /// What became of an input that came in pieces of up to `longest` bytes. TLS comes up when asked for.
  static func outcome(
    _ seed: (Security, Setup, [UInt8]), longest: Int, _ random: inout SeededGenerator
  ) -> (said: String, action: Conversation.Action, user: String, secured: Bool) {
    var stage = Stage(seed.0, seed.1)
    var place = 0
    var secured = false
    while place < seed.2.count, stage.listens {
      let end = min(seed.2.count, place + Int.random(in: 1...longest, using: &random))
      stage.send(seed.2[place..<end])
      place = end
      if stage.action == .startTLS {
        secured = true
        stage.secure()
      }
    }
    let mostKept = stage.mostKept
    #expect(mostKept <= 8193 + longest)
    return (stage.total, stage.action, stage.action == .identified ? stage.user : "", secured)
  }

  @Test("Mutated dialogues end alike however they are cut", arguments: 0..<8 as Range<UInt64>)
  func mutations(_ block: UInt64) {
    var random = SeededGenerator(seed: block)
    for _ in 0..<600 {
      var seed = Self.seeds.randomElement(using: &random)!
      seed.2 = Self.mutated(seed.2, &random)
      let cut = Self.outcome(seed, longest: 1, &random)
      let whole = Self.outcome(seed, longest: seed.2.count + 1, &random)
      // No answer can be longer than what was asked for can make it: headers, features, failures.
      #expect(cut.said.utf8.count < 8192 + 2 * seed.2.count)
      // Whether a byte came with <starttls/> or after it is not the same thing.
      if cut.secured || whole.secured { continue }
      let text = String(decoding: seed.2, as: UTF8.self)
      #expect(cut.said == whole.said, "\(text)")
      #expect(cut.action == whole.action, "\(text)")
      #expect(cut.user == whole.user, "\(text)")
    }
  }

  @Test("Noise", arguments: 0..<4 as Range<UInt64>)
  func noise(_ block: UInt64) {
    var random = SeededGenerator(seed: 1000 + block)
    for _ in 0..<500 {
      let noise = (0..<Int.random(in: 1...300, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let opening = Bool.random(using: &random) ? Array(Cast.header().utf8) : []
      let ended = Self.outcome(
        (.plain, StreamPlays.two, opening + noise), longest: 50, &random)
      #expect(ended.action != .identified)
      #expect(ended.said.utf8.count < 4096)
    }
  }

  @Test("Whatever goes on, the limits end it", arguments: 0..<4 as Range<UInt64>)
  func limits(_ block: UInt64) {
    var random = SeededGenerator(seed: 2000 + block)
    for _ in 0..<60 {
      var bytes = Array(Cast.header().utf8)
      while bytes.count < 9000 {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes += Array(repeating: 0x20, count: Int.random(in: 1...900, using: &random))
        case 1: bytes += Array("<iq type='get'><query xmlns='jabber:iq:auth'/></iq>".utf8)
        case 2: bytes += Array("<iq type='get'><query xmlns='jabber:iq:auth'>".utf8)
        default: bytes += Array(String(repeating: "x", count: 400).utf8)
        }
      }
      let ended = Self.outcome((.plain, StreamPlays.two, bytes), longest: 2000, &random)
      #expect(ended.action == .close)
    }
  }

  @Test(
    "A user is canonical and of the stream's domain, or there is none",
    arguments: 0..<4 as Range<UInt64>)
  func names(_ block: UInt64) throws {
    var random = SeededGenerator(seed: 3000 + block)
    let alphabet = Array("aZ@/.ßıİ\u{FB01}&'<> ,=\u{0}\u{7F}é\u{301}ᴬ").map { String($0) }
    for _ in 0..<400 {
      let name =
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
          alphabet.randomElement(using: &random)!
        }.joined() + (Bool.random(using: &random) ? "@a.example" : "")
      var stage = Stage(.plain, StreamPlays.two)
      stage.send(Array((Cast.header() + Cast.auth("PLAIN", "\0\(name)\0x")).utf8))
      guard stage.action == .identified else { continue }
      let user = stage.user
      #expect(user.hasSuffix("@a.example"))
      let isCanonical = CanonicalJID.isCanonical(Array(user.utf8).span, profile: .nodeprep)
      #expect(isCanonical)
    }
  }
}

import CExpat
import Conversation
import SeededNumbers
import Shared
import Testing

/// The same streams read by expat, which is right about XML.
@Suite("As expat reads it")
struct ExpatTests {
  /// Whether a stream that began so is well-formed so far, and begins no declaration of entities.
  static func accepts(_ bytes: [UInt8]) -> Bool {
    let parser = XML_ParserCreateNS("UTF-8", 0x20)
    defer { XML_ParserFree(parser) }
    return bytes.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) {
        XML_Parse(parser, $0.baseAddress, Int32($0.count), 0) != XML_STATUS_ERROR
      }
    }
  }

  /// What the edge minds in XML itself, whatever it means.
  static func isXMLError(_ said: String) -> Bool {
    said.hasSuffix(Cast.error("not-well-formed"))
      || said.hasSuffix(Cast.error("unsupported-encoding"))
  }

  /// Stanzas of random structure, mostly right: `jabber:iq:auth` queries that ask for the fields, because
  /// after these the stream goes on.
  static func stanza(_ random: inout SeededGenerator, depth: Int = 0) -> String {
    let text = [
      "", "a", "&amp;", "&#65;", "&#x1F600;", "]]&gt;", "é", "<![CDATA[<&]]>", "]", "\t",
    ]
    let attribute = [
      "", " a='1'", " b = \"2\"", " xml:lang='en'", " c='&lt;'", " xmlns:p='q' p:d=''", " ü='ä'",
    ]
    let name = ["a", "b-1", "c.d", "_e", "ñ"].randomElement(using: &random)!
    var inner = text.randomElement(using: &random)!
    if depth < 3 {
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        inner += stanza(&random, depth: depth + 1) + text.randomElement(using: &random)!
      }
    }
    let attributes = attribute.randomElement(using: &random)!
    if depth == 0 {
      return "<iq type='get'\(attributes)><query xmlns='jabber:iq:auth'>\(inner)</query></iq>"
    }
    return inner.isEmpty ? "<\(name)\(attributes)/>" : "<\(name)\(attributes)>\(inner)</\(name)>"
  }

  @Test(
    "Mutated stanzas: well-formed here if and only if there", arguments: 0..<8 as Range<UInt64>)
  func stanzas(_ block: UInt64) {
    var random = SeededGenerator(seed: 4000 + block)
    let header = Array(Cast.header().utf8)
    var (accepted, rejected) = (0, 0)
    for round in 0..<800 {
      var body = Array(Self.stanza(&random).utf8)
      if round % 4 > 0 { body = Self.damaged(body, &random) }
      var stage = Stage(.plain, Setup(domains: [Cast.domain]))
      stage.send(header + body)
      let said = stage.total
      // Only what was read to the end can be compared, and nothing that only a stream forbids.
      let isWhole = stage.action == .read && stage.mostKept == 0
      guard isWhole || Self.isXMLError(said) else { continue }
      // Expat waits for the rest of a character that spaces make an ill-formed one.
      let isRight = Self.accepts(header + body + Array("   ".utf8))
      #expect(isRight == isWhole, "\(String(decoding: body, as: UTF8.self))")
      if isWhole { accepted += 1 } else { rejected += 1 }
    }
    #expect(accepted > 100 && rejected > 100)
  }

  /// One small thing is changed, inserted or lost. A letter that is not ASCII only becomes ill-formed:
  /// expat has the names of XML's fourth edition, which knew fewer letters.
  private static func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let pieces = ["<", ">", "/", "'", "=", "&", ";", ":", "]]>", " ", "x", "\u{1}", "&#0;", "1"]
    switch Int.random(in: 0..<4, using: &random) {
    case 0: bytes.remove(at: place)
    case _ where bytes[place] >= 0x80: bytes[place] = UInt8(ascii: "x")
    case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 2: bytes.insert(contentsOf: pieces.randomElement(using: &random)!.utf8, at: place)
    default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
    }
    return bytes
  }
}

import SeededNumbers
import Testing

@testable import Shared

@Suite("precis")
struct PrecisTests {
  /// The canonical localpart. Bytes, because strings are equal if only canonically equivalent.
  private func local(_ raw: String) -> [UInt8]? {
    (try? User("\(raw)@x", profile: .precis)).map { Array($0.local) }
  }

  @Test(
    "the examples of RFC 8265 section 3.5",
    arguments: [
      ("juliet", "juliet"), ("fussball", "fussball"), ("fußball", "fußball"), ("π", "π"),
      ("Σ", "σ"), ("σ", "σ"), ("ς", "ς"), ("foo bar", nil), ("", nil), ("henryⅣ", nil), ("♚", nil),
    ])
  func examples(raw: String, expected: String?) {
    #expect(local(raw) == expected.map { Array($0.utf8) })
  }

  @Test(
    "contextual rules of RFC 5892 appendix A",
    arguments: [
      // A.1, A.2: after a virama; between letters that join.
      ("क\u{94D}\u{200C}ष", true), ("क\u{94D}\u{200D}ष", true), ("क\u{200C}ष", false),
      ("क\u{200D}ष", false), ("\u{200C}ष", false), ("\u{200D}", false),
      ("نامه\u{200C}ای", true), ("ن\u{64E}\u{200C}\u{64E}ا", true), ("ا\u{200C}ن", false),
      ("ن\u{200C}", false), ("ن\u{200D}ا", false),
      // A.3: middle dot.
      ("al·lot", true), ("l·", false), ("·l", false), ("a·l", false), ("l·a", false),
      // A.4: Greek lower numeral sign. A.5, A.6: Hebrew geresh and gershayim.
      ("͵α", true), ("͵a", false), ("α͵", false),
      ("א׳", true), ("׳א", false), ("צה״ל", true),
      // A.7: katakana middle dot.
      ("ア・イ", true), ("中・a", true), ("ひ・", true), ("a・b", false), ("・", false),
      // A.8, A.9: one kind of Arabic digits.
      ("م\u{660}\u{669}", true), ("م\u{6F0}\u{6F9}", true), ("م\u{660}\u{6F0}", false),
    ])
  func context(raw: String, isValid: Bool) {
    #expect((local(raw) != nil) == isValid)
  }

  @Test(
    "the bidi rule of RFC 5893 section 2",
    arguments: [
      ("אב", true), ("אב1", true), ("א1ב", true), ("אa", false), ("aא", false), ("1א", false),
      ("א-ב", true), ("א-", false), ("א\u{5B0}", true), ("م\u{661}", true), ("م1\u{661}", false),
      ("a1", true), ("1a", true), ("a-", true), ("\u{661}", false),
    ])
  func directions(raw: String, isValid: Bool) {
    #expect((local(raw) != nil) == isValid)
  }

  @Test(
    "what IdentifierClass forbids (RFC 8264 section 4.2)",
    arguments: [
      0x00AA, 0x00B2, 0x00BD, 0x00D7, 0x01C5, 0x0378, 0x0640, 0x07FA, 0x1100, 0x115F,
      0x2028, 0x2160, 0x302E, 0x3031, 0x303B, 0xD7B0, 0xE000, 0xFB00, 0xFDD0, 0xFE0F,
      0xFEFF, 0xFFFD, 0x1F0A0, 0xE0001, 0xFFFFF, 0x10FFFF,
    ] as [UInt32])
  func forbidden(scalar: UInt32) throws {
    let character = try #require(Unicode.Scalar(scalar))
    #expect(local("a\(character)") == nil)
    #expect(!IdentifierClass.admits(scalar))
  }

  @Test(
    "the class is that of the mapped name (RFC 8264 section 7)",
    arguments: [
      ("\u{212A}", "k"), ("\u{2126}", "\u{3C9}"), ("a\u{340}", "\u{E0}"),
      ("\u{F900}", "\u{8C48}"),
      ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("\u{1112}", nil),
    ])
  func mappedFirst(raw: String, expected: String?) {
    #expect(local(raw) == expected.map { Array($0.utf8) })
  }

  @Test(
    "what IdentifierClass admits besides letters and digits of the day",
    arguments: [0x00DF, 0x03C2, 0x06FD, 0x0F0B, 0x3007, 0x0300, 0x0903, 0x02BB, 0x10400, 0x20000]
      as [UInt32])
  func admitted(scalar: UInt32) {
    #expect(IdentifierClass.admits(scalar))
  }

  @Test(
    "Punycode: samples of RFC 3492 section 7.1",
    arguments: [
      ("egbpdaj6bu4bxfgehfvwxn", "ليهمابتكلموشعربي؟"),
      ("ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"),
      (
        "porqunopuedensimplementehablarenespaol-fmd56a",
        "porquénopuedensimplementehablarenespañol"
      ),
      ("b1abfaaepdrnnbgefbadotcwatmq2g4l", "почемужеонинеговорятпорусски"),
      ("tda", "ü"), ("a-0ea", "Óa"), ("abc-", "abc"), ("", ""), ("-", nil), ("-tda", nil),
      ("ü", nil), ("A", nil), ("99999999999", nil), ("-99zzzzz", nil),
    ])
  func punycode(encoded: String, decoded: String?) {
    let scalars = encoded.unicodeScalars.map(\.value)
    #expect(Punycode.decode(scalars[...]) == decoded.map { $0.unicodeScalars.map(\.value) })
  }

  @Test("Punycode of any text ends, with scalars or nothing")
  func punycodeOfAnything() {
    var generator = SeededGenerator(seed: 4)
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789-".unicodeScalars).map(\.value)
    for _ in 0..<20_000 {
      let count = Int.random(in: 0...60, using: &generator)
      let text = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      for scalar in Punycode.decode(text[...]) ?? [] {
        #expect(Unicode.Scalar(scalar) != nil)
      }
    }
  }
}

import SeededNumbers
import Testing

@testable import Shared

/// The fast path against the library that it stands for.
@Suite("ASCIIName")
struct ASCIINameTests {
  /// What libidn makes of a localpart; nil if it refuses, or if nothing is there.
  private func stringprep(_ part: JIDError.Part, _ raw: [UInt8]) -> [UInt8]? {
    var output: [UInt8] = []
    do throws(JIDError) {
      try Stringprep.append(part, raw.span, to: &output)
    } catch {
      return nil
    }
    return output
  }

  private func fast(_ part: JIDError.Part, _ raw: [UInt8]) -> [UInt8]? {
    var output: [UInt8] = []
    let outcome =
      part == .local
      ? ASCIIName.appendLocal(raw.span, to: &output)
      : ASCIIName.appendDomain(raw.span, to: &output)
    // Never refused for being ASCII, so that libidn's nil is a refusal here too.
    return outcome == .appended ? output : outcome == .prohibited ? nil : [0xFF]
  }

  @Test("localparts: all strings of up to two characters")
  func short() {
    #expect(fast(.local, []) == stringprep(.local, []))
    for first in UInt8(0)..<0x80 {
      let texts = [[first]] + (0..<0x80).map { [first, $0] }
      let wrong = texts.filter { fast(.local, $0) != stringprep(.local, $0) }
      #expect(wrong == [])
    }
  }

  @Test("localparts: random longer strings")
  func long() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<2_000 {
      let length = Int.random(in: 3...1023, using: &generator)
      // Few strings of any characters are valid: most are made of those that are.
      let allowed = Array("abcXYZ019._-+=!#$%*?^`{|}~()[]\\;,".utf8)
      var raw = (0..<length).map { _ in allowed.randomElement(using: &generator) ?? 0 }
      if Bool.random(using: &generator) {
        raw[Int.random(in: 0..<length, using: &generator)] =
          UInt8.random(in: 0..<0x80, using: &generator)
      }
      #expect(fast(.local, raw) == stringprep(.local, raw), "\(raw)")
    }
  }

  @Test("domains: what is not refused for its shape is what libidn makes of it")
  func domains() {
    for first in UInt8(0)..<0x80 {
      let wrong = (0..<0x80).map { [first, $0] }.filter { text in
        let isRefused = text.contains(where: breaksDomain)
        return fast(.domain, text) != (isRefused ? nil : stringprep(.domain, text))
      }
      #expect(wrong == [])
    }
  }

  /// Space, controls, at-sign and slash.
  private func breaksDomain(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "/")
  }

  @Test("one byte beyond ASCII anywhere is noticed, and nothing is left behind")
  func notASCII() {
    for position in 0..<40 {
      var raw = [UInt8](repeating: 0x61, count: 40)
      raw[position] = 0xC3
      var output = Array("kept".utf8)
      let local = ASCIIName.appendLocal(raw.span, to: &output)
      let domain = ASCIIName.appendDomain(raw.span, to: &output)
      #expect(local == .notASCII && domain == .notASCII)
      #expect(output == Array("kept".utf8))
    }
  }
}

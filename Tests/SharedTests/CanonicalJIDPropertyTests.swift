import SeededNumbers
import Testing

@testable import Shared

/// What must hold for names nobody thought of.
@Suite("CanonicalJID, properties")
struct CanonicalJIDPropertyTests {
  /// Pieces of which hostile names are made: what splits, folds, composes, disappears, turns around.
  private static let pieces: [[UInt8]] =
    [
      "a", "Z", "@", "/", ".", "xn--", "-", "\\20", "ß", "ς", "Σ", "İ", "ﷺ", "Ａ", "Ⅳ", "ﬁ", "㏆",
      "。", "．", "／", "＠", "é", "e\u{301}", "\u{323}", "\u{345}", "한", "\u{1112}\u{1161}", "א", "ب",
      "١", "۱", "1", "\u{AD}", "\u{200C}", "\u{200D}", "क\u{94D}", "·", "l", "・", "カ", "\u{202E}",
      "\u{3000}", "😀", "\u{10FFFF}", "\u{E01EF}", "ẞ", "\u{212B}", "\u{0}", " ",
    ].map { Array($0.utf8) } + notUTF8

  private static let notUTF8: [[UInt8]] = [
    [0x80], [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
  ]

  private static func names(seed: UInt64, count: Int) -> [[UInt8]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { round in
      var name: [UInt8] = []
      for _ in 0..<Int.random(in: 0...9, using: &generator) {
        if round % 4 == 0 {
          name.append(UInt8.random(in: 0...255, using: &generator))
        } else {
          name += pieces.randomElement(using: &generator) ?? []
        }
      }
      return name
    }
  }

  private func canonical(_ jid: [UInt8], _ profile: JIDProfile) -> [UInt8]? {
    var output: [UInt8] = [0x21]
    do throws(JIDError) {
      try CanonicalJID.append(
        jid: jid.span, fallbackDomain: Array("a.example".utf8).span, profile: profile, to: &output)
    } catch {
      if output != [0x21] { Issue.record("an error must leave the output alone: \(jid)") }
      return nil
    }
    return Array(output.dropFirst())
  }

  private func isCanonical(_ bytes: [UInt8], _ profile: JIDProfile) -> Bool {
    CanonicalJID.isCanonical(bytes.span, profile: profile)
  }

  @Test("any bytes give an error or a key that stays as it is", arguments: JIDProfile.allCases)
  func stability(profile: JIDProfile) {
    var accepted = 0
    for name in Self.names(seed: 1, count: 10_000) {
      guard let key = canonical(name, profile) else {
        if isCanonical(name, profile) { Issue.record("refused, yet canonical: \(name)") }
        continue
      }
      accepted += 1
      let isStable =
        canonical(key, profile) == key && isCanonical(key, profile)
        && isCanonical(name, profile) == (name == key)
      if !isStable { Issue.record("not stable: \(name)") }
      if !isWellFormed(key) { Issue.record("not a key: \(key) of \(name)") }
    }
    #expect(accepted > 500, "most names must not be refused for something else")
  }

  /// Nothing in it that breaks a line of `redirect.db` or a JID.
  private func isWellFormed(_ key: [UInt8]) -> Bool {
    let parts = key.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.allSatisfy { (1...CanonicalJID.longestPart).contains($0.count) }
      && labels.allSatisfy { !$0.isEmpty }
      && key.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
      && String(validating: key, as: UTF8.self) != nil
  }

  @Test("raw parts and the whole JID give the same key", arguments: JIDProfile.allCases)
  func parts(profile: JIDProfile) {
    let special = [UInt8(ascii: "@"), UInt8(ascii: "/")]
    let names = Self.names(seed: 2, count: 4_000).filter { !$0.contains(where: special.contains) }
    for (local, domain) in zip(names, names.reversed()) {
      var output: [UInt8] = []
      try? CanonicalJID.append(
        local: local.span, domain: domain.span, profile: profile, to: &output)
      let whole = canonical(local + [UInt8(ascii: "@")] + domain, profile) ?? []
      if output != whole { Issue.record("\(local), \(domain): \(output), \(whole)") }
    }
  }

  @Test("whatever is longer than a part may be is refused quickly", arguments: JIDProfile.allCases)
  func floods(profile: JIDProfile) {
    for piece in Self.pieces where piece != [UInt8(ascii: "@")] && piece != [UInt8(ascii: "/")] {
      let flood = Array(repeatElement(piece, count: 3_000).joined())
      #expect(canonical(flood + Array("@a".utf8), profile) == nil)
      #expect(canonical(Array("a@".utf8) + flood, profile) == nil)
      for count in [CanonicalJID.longestPart, CanonicalJID.longestRawPart] {
        // Whatever the answer is, it comes.
        _ = canonical(flood.prefix(count) + Array("@a".utf8), profile)
      }
    }
  }
}

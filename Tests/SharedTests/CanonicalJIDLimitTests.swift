import Shared
import Testing

/// 1023 bytes a part, after preparation (RFC 7622 section 3.1).
@Suite("CanonicalJID, limits")
struct CanonicalJIDLimitTests {
  private func error(_ local: String, _ domain: String, _ profile: JIDProfile) -> JIDError? {
    do throws(JIDError) {
      _ = try User("\(local)@\(domain)", profile: profile)
      return nil
    } catch {
      return error
    }
  }

  private func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  @Test("1023 bytes are a part, 1024 are none", arguments: JIDProfile.allCases)
  func limits(profile: JIDProfile) {
    let long = repeated("a", 1023)
    #expect(error(long, long, profile) == nil)
    #expect(error(long + "a", "x", profile) == .tooLong(.local))
    #expect(error("x", long + "a", profile) == .tooLong(.domain))
    #expect(error("x", long + ".", profile) == nil, "the root's dot is not counted")
    let wide = repeated("ä", 511)
    #expect(error(wide + "a", wide + "a", profile) == nil)
    #expect(error(wide + "aa", "x", profile) == .tooLong(.local))
    #expect(error("x", wide + "aa", profile) == .tooLong(.domain))
  }

  @Test("what counts is the prepared form", arguments: JIDProfile.allCases)
  func preparation(profile: JIDProfile) {
    // Three bytes become one, and decomposed letters are composed.
    #expect(error(repeated("Ａ", 1023), "x", profile) == nil)
    #expect(error(repeated("Ａ", 1024), "x", profile) == .tooLong(.local))
    #expect(error(repeated("a\u{308}", 511), "x", profile) == nil)
    #expect(error(repeated("a\u{308}", 512), "x", profile) == .tooLong(.local))
    // Two bytes become three: U+0130 is an i and a dot.
    #expect(error(repeated("İ", 341), "x", profile) == nil)
    #expect(error(repeated("İ", 342), "x", profile) == .tooLong(.local))
    #expect(error("x", repeated("ａ", 1024), profile) == .tooLong(.domain))
  }

  @Test("a resource has no limit here, but it is UTF-8", arguments: JIDProfile.allCases)
  func resource(profile: JIDProfile) throws {
    let jid = Array("a@b/".utf8) + [UInt8](repeating: 0x61, count: 5000)
    #expect(try User(jid.span, profile: profile).description == "a@b")
    #expect(throws: JIDError.notUTF8(.resource)) {
      try User((jid + [0xC0]).span, profile: profile)
    }
    #expect(try User("a@b/", profile: profile).description == "a@b")
  }

  @Test("no part may be anything but UTF-8", arguments: JIDProfile.allCases)
  func encoding(profile: JIDProfile) {
    let overlong: [UInt8] = [0xC0, 0x80]
    #expect(throws: JIDError.notUTF8(.local)) {
      try User((overlong + Array("@b".utf8)).span, profile: profile)
    }
    #expect(throws: JIDError.notUTF8(.domain)) {
      try User((Array("a@".utf8) + overlong).span, profile: profile)
    }
    #expect(throws: JIDError.notUTF8(.domain)) {
      try Domain([0xED, 0xA0, 0x80].span, profile: profile)
    }
  }
}

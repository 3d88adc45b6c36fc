import Shared
import Testing

/// The canonical bare JID as text, or the error.
private func canonical(
  _ jid: String, _ profile: JIDProfile, fallback: String = ""
) -> Result<String, JIDError> {
  var output = Array("kept ".utf8)
  do throws(JIDError) {
    try CanonicalJID.append(
      jid: Array(jid.utf8).span, fallbackDomain: Array(fallback.utf8).span, profile: profile,
      to: &output)
  } catch {
    #expect(output == Array("kept ".utf8), "an error must leave the output alone")
    return .failure(error)
  }
  return .success(String(decoding: output.dropFirst(5), as: UTF8.self))
}

@Suite("CanonicalJID")
struct CanonicalJIDTests {
  @Test(
    "both profiles agree about ASCII",
    arguments: [
      ("alice@a.example", "alice@a.example"),
      ("ALICE@A.Example", "alice@a.example"),
      ("alice@a.example/Phone", "alice@a.example"),
      ("alice@a.example/a@b/c@d", "alice@a.example"),
      ("alice@a.example.", "alice@a.example"),
      ("alice@a.example./r", "alice@a.example"),
      ("a+b_c.d-e!#$%*=?^`{|}~@x", "a+b_c.d-e!#$%*=?^`{|}~@x"),
      ("d\\27artagnan@m.example", "d\\27artagnan@m.example"),
      ("a@[::1]", "a@[::1]"),
      ("a@[2001:DB8::1]", "a@[2001:db8::1]"),
      ("a@192.0.2.1", "a@192.0.2.1"),
      ("a@under_score", "a@under_score"),
      ("a@-odd-", "a@-odd-"),
      ("alice", "alice@fallback.example"),
      ("Alice/r@x", "alice@fallback.example"),
    ])
  func ascii(jid: String, expected: String) {
    for profile in JIDProfile.allCases {
      #expect(canonical(jid, profile, fallback: "FALLBACK.example.") == .success(expected))
    }
  }

  @Test(
    "what is no JID says why",
    arguments: [
      ("", JIDError.empty(.local)),
      ("@a", .empty(.local)),
      ("/r", .empty(.local)),
      ("a", .missingDomain),
      ("a/r", .missingDomain),
      ("a@", .empty(.domain)),
      ("a@/r", .empty(.domain)),
      ("a@.", .emptyLabel),
      ("a@..", .emptyLabel),
      ("a@b..c", .emptyLabel),
      ("a@.b", .emptyLabel),
      ("a@b..", .emptyLabel),
      ("a@b@c", .prohibited(.domain)),
      ("a@b c", .prohibited(.domain)),
      ("a@b\tc", .prohibited(.domain)),
      ("a@b\u{7F}", .prohibited(.domain)),
      ("a@b\u{0}", .prohibited(.domain)),
      ("a b@c", .prohibited(.local)),
      ("a\"@c", .prohibited(.local)),
      ("a&@c", .prohibited(.local)),
      ("a'@c", .prohibited(.local)),
      ("a:@c", .prohibited(.local)),
      ("<a@c", .prohibited(.local)),
      ("a>@c", .prohibited(.local)),
      ("a\u{0}@c", .prohibited(.local)),
      ("ä\u{0}@c", .prohibited(.local)),
      ("ä@c\u{0}ä", .prohibited(.domain)),
      ("a\u{1F}@c", .prohibited(.local)),
      ("a\u{7F}@c", .prohibited(.local)),
    ])
  func malformed(jid: String, expected: JIDError) {
    for profile in JIDProfile.allCases {
      #expect(canonical(jid, profile) == .failure(expected), "\(profile)")
    }
  }

  @Test(
    "localparts beyond ASCII: where the profiles agree, and where a user would move",
    arguments: [
      // (raw, nodeprep, precis); nil is an error.
      ("Jürgen", "jürgen", "jürgen"),
      ("Ju\u{308}rgen", "jürgen", "jürgen"),
      ("МАРИЯ", "мария", "мария"),
      ("ΑΘΗΝΑ", "αθηνα", "αθηνα"),
      ("田中", "田中", "田中"),
      ("محمد", "محمد", "محمد"),
      ("한국", "한국", "한국"),
      ("Straße", "strasse", "straße"),
      ("STRAẞE", "straẞe", "straße"),  // U+1E9E came after stringprep's Unicode 3.2.
      ("Σίσυφος", "σίσυφοσ", "σίσυφος"),
      ("ΣΊΣΥΦΟΣ", "σίσυφοσ", "σίσυφοσ"),
      ("ＡＢＣ１", "abc1", "abc1"),
      ("ｶﾞ", "ガ", "ガ"),
      ("henryⅣ", "henryiv", nil),
      ("①", "1", nil),
      ("ﬁn", "fin", nil),
      ("™", "tm", nil),
      ("K\u{212A}", "kk", "kk"),
      ("♚", "♚", nil),
      ("😀", "😀", nil),
      ("a\u{AD}b", "ab", nil),
      ("a\u{200D}b", "ab", nil),
      ("l·l", "l·l", "l·l"),
      ("L·L", "l·l", "l·l"),
      ("a·l", "a·l", nil),
      ("ʹ͵", "ʹ͵", nil),
      ("İ", "i̇", "i̇"),
      ("a\u{660}", "a\u{660}", nil),
      ("ا\u{661}\u{6F1}", nil, nil),
      ("اa", nil, nil),
      ("ا1", nil, "ا1"),
      ("\u{AD}", nil, nil),
      ("a\u{A0}b", nil, nil),
      ("a＠b", nil, nil),
      ("a／b", nil, nil),
      ("a\u{3000}b", nil, nil),
      ("a\u{2028}b", nil, nil),
      ("a\u{E000}b", nil, nil),
      ("a\u{FFFD}b", nil, nil),
      ("a\(Unicode.Scalar(0xFDD0 as UInt32)!)b", nil, nil),
      ("a\u{202E}b", nil, nil),
      ("\u{E01EF}", "\u{E01EF}", nil),  // Unassigned in Unicode 3.2
      ("\u{FE0F}", nil, nil),
    ] as [(String, String?, String?)])
  func locals(raw: String, nodeprep: String?, precis: String?) {
    for (profile, expected) in [(JIDProfile.nodeprep, nodeprep), (.precis, precis)] {
      let result = canonical("\(raw)@x", profile)
      // Byte by byte: Swift's strings are equal when canonically equivalent.
      #expect(
        (try? result.get()).map { Array($0.utf8) } == expected.map { Array("\($0)@x".utf8) },
        "\(profile): \(result)")
    }
  }

  @Test(
    "domains beyond ASCII",
    arguments: [
      ("MÜNCHEN.example", "münchen.example", "münchen.example"),
      ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example", "münchen.example"),
      ("XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example", "münchen.example"),
      ("straße.example", "strasse.example", "straße.example"),
      ("xn--strae-oqa.example", "xn--strae-oqa.example", "straße.example"),
      ("ｅｘａｍｐｌｅ", "example", "example"),
      ("例え。テスト", "例え。テスト", "例え.テスト"),
      ("a．b", "a.b", "a.b"),
      ("ä．", "ä", "ä"),
      ("ä..", nil, nil),
      ("ä．．b", nil, nil),
      ("ä／b", nil, nil),
      ("ä＠b", nil, nil),
      ("♥.example", "♥.example", nil),
      ("ä b", nil, nil),
      ("-ä", "-ä", nil),
      ("\u{301}a", "\u{301}a", nil),
      // Labels that only look like the ASCII form of something stay.
      ("xn--", "xn--", "xn--"),
      ("xn--abc-", "xn--abc-", "xn--abc-"),
      ("xn--a", "xn--a", "xn--a"),
      ("xn--99999999", "xn--99999999", "xn--99999999"),
      ("xn--i-7iq.x", "xn--i-7iq.x", "xn--i-7iq.x"),
    ] as [(String, String?, String?)])
  func domains(raw: String, nodeprep: String?, precis: String?) {
    for (profile, expected) in [(JIDProfile.nodeprep, nodeprep), (.precis, precis)] {
      let domain = try? Domain(raw, profile: profile)
      #expect(domain?.bytes == expected.map { Array($0.utf8) }, "\(profile): \(domain as Any)")
    }
  }
}

import Shared
import Testing

@Suite("What lets anybody tell who is a user") struct ConfigurationConcealmentTests {
  private static let secret = "redirect.hash.secret = s\n"
  private static let peers = "redirect.peers = a:1\nredirect.peers.secret = p\n"

  /// Lines, what is disclosed (a word of it), whether names that are none are concealed.
  private static let rows: [(lines: String, words: [String], conceals: Bool)] = [
    ("", ["redirect.conf: provider `hash` has no secret"], false),
    (secret, [], true),
    (secret + "redirect.provider = hash", [], true),
    (secret + "redirect.provider = db,regex,hash", [], true),
    (secret + "redirect.provider = db", ["redirect.conf:2: no provider `hash`"], false),
    ("redirect.provider = db,regex", ["redirect.conf:1: no provider `hash`"], false),
    (
      secret + "redirect.provider = db,roundrobin,hash",
      ["redirect.conf:2: provider `roundrobin`"], false
    ),
    (
      "redirect.provider = db,roundrobin,hash",
      ["redirect.conf:1: provider `roundrobin`", "redirect.conf: provider `hash` has no secret"],
      false
    ),
    // Behind `hash` nobody is asked any more.
    (secret + "redirect.provider = db,hash,roundrobin", [], true),
    (secret + peers, ["redirect.conf: answers about users whom peers are asked for"], true),
    (secret + peers + "redirect.cover = 249ms", ["redirect.conf:4: answers"], true),
    (secret + peers + "redirect.cover = 250ms", [], true),
    (
      secret + peers + "redirect.cover = 250ms\nredirect.peers.budget = 1s", ["budget` (1.0 sec"],
      true
    ),
    (secret + peers + "redirect.provider = db,hash", [], true),
    (
      secret + "redirect.provider = db,./x.so,hash",
      ["redirect.conf: answers about users whom plug-ins"], true
    ),
    (secret + "redirect.provider = db,./x.so,hash\nredirect.cover = 20ms", [], true),
    (secret + "redirect.provider = db,hash,./x.so", [], true),
    (secret + peers + "redirect.provider = db,hash,peers", [], true),
    (
      peers, ["redirect.conf: provider `hash` has no secret", "redirect.conf: answers"], false
    ),
  ]

  @Test(arguments: rows.indices)
  func disclosures(_ row: Int) throws {
    let (lines, words, conceals) = Self.rows[row]
    let configuration = try Configuration(parsing: lines, file: "redirect.conf")
    let disclosures = configuration.disclosures().map(\.description)
    #expect(disclosures.count == words.count, "\(lines): \(disclosures)")
    for (disclosure, word) in zip(disclosures, words) {
      #expect(disclosure.contains(word), "\(lines): \(disclosure)")
    }
    #expect(configuration.concealsUsers == conceals, "\(lines)")
  }
}

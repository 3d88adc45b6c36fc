import Rosters
import Shared
import Testing

/// Lines `user<TAB>expected sessions`.
@Suite struct LoadsTests {
  private static let users = UserNames(["a@x.example", "b@x.example", "c@x.example"])

  private func read(_ text: String, chunk: Int = .max, users: UserNames = users) throws(Complaint)
    -> Loads
  {
    var reader = LoadReader(file: "load.tsv", users: users, profile: .nodeprep)
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let end = chunk < bytes.count - start ? start + chunk : bytes.count
      try reader.read(bytes[start..<end].span)
      start = end
    }
    return try reader.finish()
  }

  @Test(arguments: [
    ("", [1, 1, 1], 1.0, 3, 0),
    ("a@x.example\t3\nb@x.example\t2\nc@x.example\t7\n", [3, 2, 7], 1.0, 0, 0),
    ("c@x.example\t0.5\r\na@x.example\t2.25", [9, 4, 2], 4.0, 1, 0),
    ("A@X.example/home\t2\nz@x.example\t5\na@y.example\t.5\n", [2, 1, 1], 1.0, 2, 2),
    ("a@x.example\t0\nb@x.example\t0.000\nc@x.example\t1\n", [1, 1, 1000], 1000.0, 0, 0),
    ("a@x.example\t0.1239999\nb@x.example\t004\n", [123, 4000, 1000], 1000.0, 1, 0),
    ("a@x.example\t4\nb@x.example\t6\nc@x.example\t8\n", [2, 3, 4], 0.5, 0, 0),
  ])
  func loads(
    _ text: String, _ units: [UInt32], _ unitsOfSession: Double, _ unnamed: Int, _ strangers: Int
  )
    throws
  {
    for chunk in [Int.max, 1, 2, 7] {
      let loads = try read(text, chunk: chunk)
      #expect(loads.units == units && loads.unitsOfSession == unitsOfSession)
      #expect(loads.unnamed == unnamed && loads.strangers == strangers)
    }
  }

  @Test(arguments: [
    ("a@x.example\t1\n\na@x.example\t2\n", "load.tsv:3: a@x.example stands in line 1 already"),
    ("a@x.example\t1.2.3\n", "load.tsv:1: not a number"),
    ("a@x.example\t\n", "load.tsv:1: not a number"),
    ("a@x.example\t.\n", "load.tsv:1: not a number"),
    ("a@x.example\t1 \n", "load.tsv:1: not a number"),
    ("a@x.example\t+1\n", "load.tsv:1: not a number"),
    ("a@x.example\t1e3", "load.tsv:1: not a number"),
    ("a@x.example\t4000001\n", "load.tsv:1: not a number"),
    ("a@x.example\t4000000.001\n", "load.tsv:1: not a number"),
    ("a@x.example\t99999999999999999999999999\n", "load.tsv:1: not a number"),
    ("a@x.example\t1\t2\n", "load.tsv:1: not a number"),
    ("\nb@x.example 1\n", "load.tsv:2: no tab"),
    ("b\t1\n", "load.tsv:1: not a user"), ("\t1\n", "load.tsv:1: not a user"),
  ])
  func whatIsWrongIsNamedWithItsLine(_ text: String, _ words: String) {
    for chunk in [Int.max, 1, 3] {
      let thrown = #expect(throws: Complaint.self) { try read(text, chunk: chunk) }
      #expect(thrown?.description.hasPrefix(words) == true, "\(thrown?.description ?? "")")
    }
  }

  @Test func veryMuchLoadIsCountedAboutRightAndNeverTooHigh() throws {
    let users = UserNames((0..<1000).map { "u\(1000 + $0)@x.example" })
    let text = (0..<1000).map { "u\(1000 + $0)@x.example\t\($0 < 500 ? "4000000" : "0.001")\n" }
    let loads = try read(text.joined(), users: users)
    let total = loads.units.reduce(0) { $0 + UInt64($1) }
    #expect(total < 1 << 31 && total > 1 << 30)
    #expect(loads.units[999] == 1 && loads.units[0] == loads.units[499])
    #expect(abs(Double(loads.units[0]) / loads.unitsOfSession / 4_000_000 - 1) < 1e-6)
  }
}

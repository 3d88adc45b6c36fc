import Rosters
import Shared
import Testing

/// An old redirect.db beside new users.
@Suite struct PreviousReaderTests {
  private let header = "# format: 1\n# partitions: 3\n# primaries: a, b, a\n"
  private let users = UserNames(["a@x", "b@x", "c@x", "d@x"])

  private func read(_ text: String, piece: Int = 1 << 20) throws(Complaints) -> PreviousReader.Found
  {
    var reader = PreviousReader(file: "old.db", users: users)
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let end = min(start + piece, bytes.count)
      try reader.read(bytes.span.extracting(start..<end))
      start = end
    }
    return try reader.finish()
  }

  @Test(arguments: [1, 2, 3, 7, 1000]) func whoWasWhereInPiecesOfAnySize(_ piece: Int) throws {
    let found = try read(
      header + "# users: 5\n#me@x\t3\na@x\t1\nb@x\t2\nbb@x\t2\nd@x\t3\n", piece: piece)
    #expect(found.partitionOf == [1, 2, 0, 3])
    #expect(found.departed == 2)
    #expect(found.header.primaries == ["a", "b", "a"])
  }

  @Test func nobodyIsLeft() throws {
    let found = try read(header + "y@x\t1\nz@x\t1\n")
    #expect(found.partitionOf == [0, 0, 0, 0])
    #expect(found.departed == 2)
    #expect(try read(header).departed == 0)
  }

  @Test(arguments: [
    ("a@x 1\n", "old.db:4: no tab; expected `user<TAB>partition`"),
    ("a@x\t4\n", "old.db:4: partition 4; expected 1 to 3, as the header says"),
    ("b@x\t1\na@x\t1\n", "old.db:5: the user is not behind the line before"),
    ("a@x\t1\na@x\t1\n", "old.db:5: the user is not behind the line before"),
    ("# users: 2\na@x\t1\n", "old.db: has 1 whole lines of users; expected 2, as its header says"),
    ("a@x\t1\nb@x\t", "old.db: has 1 whole lines of users, and half a line"),
  ])
  func filesThatAreWrong(_ text: String, _ expected: String) {
    do throws(Complaints) {
      _ = try read(header + text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.description.hasPrefix(expected), "\(error)")
    }
  }

  @Test func aFileThatIsNone() {
    #expect(throws: Complaints.self) { try read("a@x\t1\n") }
    #expect(throws: Complaints.self) { try read("") }
    #expect(throws: Complaints.self) { try read("# format: 9\n# partitions: 1\na@x\t1\n") }
  }
}

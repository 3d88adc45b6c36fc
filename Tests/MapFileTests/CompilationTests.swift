import Glibc
import MapFile
import SeededNumbers
import Shared
import Testing

@Suite("From redirect.db to the map")
struct CompilationTests {
  let scratch = Scratch()
  private static let head = "# format: 1\n# partitions: 2\n"

  private func compile(
    _ text: some Sequence<UInt8>, normalize: Bool = false,
    _ change: (inout Compilation) -> Void = { _ in }
  ) throws -> Compilation.Outcome {
    scratch.write(text, to: "redirect.db")
    let input = open(scratch["redirect.db"], O_RDONLY)
    defer { close(input) }
    var compilation = Compilation(name: "redirect.db", output: scratch["redirect.mdb"])
    compilation.normalize = normalize
    change(&compilation)
    return try compilation.run(descriptor: input)
  }

  private func dump() throws -> [UInt8] {
    var text: [UInt8] = []
    try MapReader(Map(path: scratch["redirect.mdb"])).dump { text += $0 }
    return text
  }

  @Test(
    "any sorted input comes back byte for byte, in any order with --normalize", arguments: 0..<12)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let users = RandomUsers.make(Int.random(in: 0...2000, using: &random), &random)
    let lines = users.map { ($0, Partition.random(in: 1...9, using: &random)) }
    let text = Scratch.database(lines)
    let outcome = try compile(text)
    #expect(outcome.users == UInt64(users.count))
    #expect(try dump() == text)

    let memory = [1 << 10, 1 << 14, 1 << 24].randomElement(using: &random)!
    let shuffled = Scratch.database((lines + lines.prefix(5)).shuffled(using: &random))
    let sorted = try compile(shuffled, normalize: true) { $0.sortingMemory = memory }
    #expect(sorted.identity == outcome.identity)
    #expect(sorted.duplicates == UInt64(min(5, lines.count)))
    #expect(try dump() == text)
    #expect(scratch.names == ["redirect.db", "redirect.mdb"])
  }

  @Test("sorting merges more runs than it may hold open")
  func manyRuns() throws {
    var random = SeededGenerator(seed: 1)
    let users = RandomUsers.make(5000, &random)
    let lines = users.map { ($0, Partition(1)) }
    let outcome = try compile(Scratch.database(lines))
    // One user a run: 5000 runs, three levels of 64.
    let sorted = try compile(Scratch.database(lines.shuffled(using: &random)), normalize: true) {
      $0.sortingMemory = 1
    }
    #expect(sorted.identity == outcome.identity)
  }

  @Test("spelling is put right only with --normalize")
  func spelling() throws {
    let text = Self.head + "Bob@A.Example/phone\t2\nalice@a.example\t1\nALICE@a.example\t1\n"
    let outcome = try compile(text.utf8, normalize: true)
    #expect(outcome.users == 2)
    #expect(outcome.duplicates == 1)
    #expect(
      String(decoding: try dump(), as: UTF8.self)
        == Self.head + "alice@a.example\t1\nbob@a.example\t2\n")
  }

  @Test("the header's count is put right with --normalize")
  func normalizedCount() throws {
    _ = try compile((Self.head + "# users: 3\na@b\t1\na@b\t1\nb@b\t1\n").utf8, normalize: true)
    #expect(String(decoding: try dump(), as: UTF8.self).contains("# users: 2\n"))
  }

  @Test(
    "faults are named with their line, and the old map stays",
    arguments: [
      ("a@b\t1\nA@c\t1\n", false, "redirect.db:4: `A@c` is not canonical", "expected `a@c`"),
      ("a b@c\t1\n", false, "redirect.db:3: `a b@c`", "prohibited"),
      ("a b@c\t1\n", true, "redirect.db:3: `a b@c`", "prohibited"),
      ("b@b\t1\na@b\t1\n", false, "redirect.db:4: out of order", "before `b@b`"),
      ("a@b\t1\na@b\t1\n", false, "redirect.db:4: the same user", "each once"),
      ("a@b\t1\na@b\t2\n", false, "redirect.db:4: the same user", "each once"),
      (
        "a@b\t1\nx@y\t1\nA@b\t2\n", true, "redirect.db:5: `a@b` is in partition 2", "as line 3 says"
      ),
      ("a@b\t3\n", false, "redirect.db:3: partition 3", "expected 1 to 2"),
      ("b@b\t1\na@b\t3\n", true, "redirect.db:4: partition 3", "expected 1 to 2"),
      ("a@b\t0\n", false, "redirect.db:3: ", "at least 1"),
      ("a@b 1\n", true, "redirect.db:3: no tab", "expected `user<TAB>partition`"),
      ("a@b\t1\n\n", false, "redirect.db:4: no tab", ""),
      ("a@b\t1\n# users: 1\n", false, "redirect.db:4: a header line behind", ""),
      ("a@b\t1\nb@b\t1", false, "redirect.db:4: the file ends without a newline", ""),
      ("# users: 2\na@b\t1\n", false, "redirect.db: 1 users", "expected 2"),
      ("\u{FF}\t1\n", false, "redirect.db:3: ", "missing"),
      ("# set: \na@b\t1\n", true, "redirect.db:3: `set`", "a name"),
    ])
  func faults(body: String, normalize: Bool, words: String, expected: String) throws {
    let old = try scratch.writeMap([("old@a.example", 1)], to: "redirect.mdb")
    let error = #expect(throws: CompilationError.self) {
      try compile((Self.head + body).utf8, normalize: normalize)
    }
    guard case .input(let complaints)? = error else {
      Issue.record("no complaint about the input: \(String(describing: error))")
      return
    }
    #expect(complaints.description.hasPrefix(words), "\(complaints)")
    #expect(complaints.description.contains(expected), "\(complaints)")
    #expect(try Map(path: scratch["redirect.mdb"]).identity == old)
    #expect(scratch.names == ["redirect.db", "redirect.mdb"])
  }

  @Test("bytes that are not UTF-8 are a fault of their line, or of the header")
  func notUTF8() {
    for (text, words) in [
      (Array(Self.head.utf8) + [0x61, 0xFF, 0x40, 0x62, 0x09, 0x31, 0x0A], "redirect.db:3: "),
      (Array("# x: ".utf8) + [0xFF, 0x0A], "redirect.db: the header is not UTF-8"),
    ] {
      let error = #expect(throws: CompilationError.self) { try compile(text) }
      #expect(error?.description.hasPrefix(words) == true, "\(String(describing: error))")
    }
  }

  @Test("lines cross the ends of the buffer, and one may be larger than it")
  func longLines() throws {
    let nodes = repeatElement("a-node-with-a-rather-long-name", count: 60_000)
    var header = DatabaseHeader.example
    header.primaries = Array(nodes)
    var random = SeededGenerator(seed: 3)
    let lines = RandomUsers.make(3000, &random).map { ($0, Partition(1)) }
    let text = Scratch.database(lines, header: header)
    #expect(header.text.utf8.count > 1 << 20)
    _ = try compile(text)
    #expect(try dump() == text)
  }

  @Test("an interruption leaves the old map and nothing else", arguments: [false, true])
  func interruption(normalize: Bool) throws {
    let old = try scratch.writeMap([("old@a.example", 1)], to: "redirect.mdb")
    var text = Self.head
    for number in 100_000..<200_000 { text += "user\(number)@a.example\t1\n" }
    for wanted in 1...2 {
      nonisolated(unsafe) var asked = 0
      let error = #expect(throws: CompilationError.self) {
        try compile(text.utf8, normalize: normalize) {
          $0.isInterrupted = {
            asked += 1
            return asked == wanted
          }
        }
      }
      #expect(error?.description == "interrupted")
      #expect(try Map(path: scratch["redirect.mdb"]).identity == old)
      #expect(scratch.names == ["redirect.db", "redirect.mdb"])
    }
  }
}

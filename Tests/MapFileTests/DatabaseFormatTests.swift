import Shared
import Testing

@Suite("The text of redirect.db")
struct DatabaseFormatTests {
  @Test("a header comes back word for word")
  func headerRoundTrip() throws {
    let text = """
      # format: 1
      # generation: 7
      # created: 2026-11-21T12:00:00Z
      # profile: precis
      # set: 1f0c
      # partitions: 2
      # primaries: imA, imB
      # users: 3
      # ties: 2
      # x-note: é  two spaces, a colon: and a trailing one\u{20}
      # empty:\u{20}

      """
    let header = try DatabaseHeader(parsing: text, file: "redirect.db")
    #expect(header.text == text)
    #expect(header.generation == 7)
    #expect(header.created == "2026-11-21T12:00:00Z")
    #expect(header.profile == .precis)
    #expect(header.set == "1f0c")
    #expect(header.partitions == 2)
    #expect(header.primaries == ["imA", "imB"])
    #expect(header.users == 3)
    #expect(header["ties"] == "2")
    #expect(header["empty"] == "")
    #expect(header["absent"] == nil)
  }

  @Test("keys are set in their place, added at the end, and removed")
  func headerEditing() {
    var header = DatabaseHeader()
    header.partitions = 3
    header.generation = 1
    header.partitions = 4
    #expect(header.text == "# format: 1\n# partitions: 4\n# generation: 1\n")
    header["generation"] = nil
    #expect(header.text == "# format: 1\n# partitions: 4\n")
    #expect(header.generation == 0)
    #expect(header.profile == .nodeprep)
    #expect(header.primaries == nil)
  }

  @Test(
    "each fault in a header is named with its line",
    arguments: [
      ("# partitions: 1\n", "redirect.db: ", "`# format"),
      ("# format: 1\n", "redirect.db: ", "`# partitions"),
      ("# format: 2\n# partitions: 1\n", "redirect.db:1: ", "expected 1"),
      ("# format: 1\n# partitions: 0\n", "redirect.db:2: ", "from 1 to 4294967295"),
      ("# format: 1\n# partitions: 4294967296\n", "redirect.db:2: ", "from 1 to"),
      ("# format: 1\n# partitions: +1\n", "redirect.db:2: ", "from 1 to"),
      ("# format: 1\n# partitions: 1\n# users: many\n", "redirect.db:3: ", "a whole number"),
      ("# format: 1\n# partitions: 1\n# generation: 007\n", "redirect.db:3: ", "a whole number"),
      ("# format: 1\n# partitions: 1\n# profile: saslprep\n", "redirect.db:3: ", "nodeprep"),
      ("# format: 1\n# partitions: 1\n# set: \n", "redirect.db:3: ", "a name"),
      ("# format: 1\n# partitions: 1\n# format: 1\n", "redirect.db:3: ", "line 1 already"),
      ("# format: 1\n# Partitions: 1\n", "redirect.db:2: ", "lower-case"),
      ("# format: 1\n# partitions 1\n", "redirect.db:2: ", "malformed"),
      ("# format: 1\r\n# partitions: 1\n", "redirect.db:1: ", "malformed"),
      ("# format:1\n# partitions: 1\n", "redirect.db:1: ", "malformed"),
    ])
  func headerFaults(text: String, place: String, words: String) throws {
    let error = #expect(throws: Complaints.self) {
      try DatabaseHeader(parsing: text, file: "redirect.db")
    }
    let lines = error?.all.map(\.description) ?? []
    #expect(lines.contains { $0.hasPrefix(place) && $0.contains(words) }, "\(lines)")
  }

  @Test("a line is written as it is read", arguments: [1, 9, 10, 4096, Partition.max])
  func lineRoundTrip(partition: Partition) throws {
    var line: [UInt8] = []
    DatabaseLine.append(user: Array("a@b".utf8).span, partition: partition, to: &line)
    #expect(String(decoding: line, as: UTF8.self) == "a@b\t\(partition)\n")
    let fields = try DatabaseLine.parse(line.span.extracting(droppingLast: 1))
    #expect(fields.userLength == 3)
    #expect(fields.partition == partition)
  }

  @Test(
    "what is not a line is refused",
    arguments: [
      ("", DatabaseLineError.noTab), ("a@b", .noTab), ("a@b 1", .noTab), ("\t1", .noUser),
      ("a@b\t", .badPartition), ("a@b\t0", .badPartition), ("a@b\t01", .badPartition),
      ("a@b\t-1", .badPartition), ("a@b\t1 ", .badPartition), ("a@b\t1\r", .carriageReturn),
      ("a@b\t1\t2", .badPartition), ("a@b\t4294967296", .badPartition),
      ("a@b\t99999999999", .badPartition), ("a@b\tone", .badPartition),
    ])
  func lineFaults(line: String, fault: DatabaseLineError) {
    #expect(throws: fault) { try DatabaseLine.parse(Array(line.utf8).span) }
  }
}

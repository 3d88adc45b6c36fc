import SeededNumbers
import Shared
import Testing

@testable import Rosters

/// What does not fit into memory waits elsewhere, and nothing is different for it.
@Suite struct SpillTests {
  /// Lists with everything that counts: both directions, repetitions, weights, lone users, users of other domains.
  private static func text(seed: UInt64, weights: Bool) -> String {
    var generator = SeededGenerator(seed: seed)
    func random(_ bound: UInt64) -> UInt64 { generator.next() % bound }
    var text = ""
    for _ in 0..<3000 {
      text += "u\(random(90))@d\(random(3))"
      if random(20) > 0 {
        text += "\tu\(random(90))@d\(random(4))"
        if weights, random(3) == 0 { text += "\t\(random(1000))" }
      }
      text += "\n"
    }
    return text
  }

  private static func fresh(memory: Int, spills: @escaping () -> Void) throws -> ContactCollector {
    ContactCollector(domains: [], profile: .nodeprep, memory: memory, pieceSize: 64) {
      () throws(Complaint) in
      spills()
      return WordStore()
    }
  }

  @Test(arguments: [2, 100, 4000, 20_000, Int.max], [false, true])
  func memoryChangesNothing(memory: Int, weights: Bool) throws {
    for seed in 0..<5 as Range<UInt64> {
      let inputs = Inputs(Self.text(seed: seed, weights: weights))
      var spills = 0
      var collector = try Self.fresh(memory: memory) { spills += 1 }
      try inputs.read(into: &collector, step: 500)
      let contacts = try collector.finish()
      #expect(contacts == (try inputs.contacts()))
      #expect(!contacts.ties.isEmpty)
      // 3000 words of entries are 24,000 bytes; half of the memory is for them.
      #expect((spills > 0) == (memory < 40_000))
    }
  }

  @Test func theLineThatGoesTooFarIsFoundInTheSpill() throws {
    var lines = (0..<500).map { "u\($0)@x\tv\($0)@x\t7" }
    lines[100] = "a@x\tb@x\t4294967290"
    lines[200] = "b@x\ta@x\t5"
    lines[300] = "a@x\tb@x\t1"
    lines[400] = "a@x\tb@x\t1"
    let inputs = Inputs(lines.joined(separator: "\n"))
    var collector = try Self.fresh(memory: 100) {}
    try inputs.read(into: &collector, step: 300)
    do {
      _ = try collector.finish()
      Issue.record("no complaint")
    } catch {
      #expect("\(error)".hasPrefix("input:301: "))
    }
  }

  @Test func aSpillThatFailsIsTheError() throws {
    let inputs = Inputs(Self.text(seed: 1, weights: false))
    var collector = ContactCollector(domains: [], profile: .nodeprep, memory: 100, pieceSize: 64) {
      () throws(Complaint) in
      throw Complaint(place: "there", message: "full")
    }
    var found: String?
    do { try inputs.read(into: &collector, step: 500) } catch { found = "\(error)" }
    #expect(found == "there: full")
  }

  /// Names of every length fill several pieces of the arena, and are found again.
  @Test func namesOfEveryLength() throws {
    var lines: [String] = []
    let tail = String(repeating: "x", count: 1000)
    for length in 1...1023 {
      let local = String(repeating: "a", count: length)
      lines.append(local + "@" + tail + "\t" + local + "@short")
    }
    let inputs = Inputs((lines + lines.reversed()).joined(separator: "\n"))
    let contacts = try inputs.contacts(domains: [tail, "short"])
    #expect(contacts.users.count == 2046)
    #expect(contacts.ties.count == 1023)
    #expect(contacts.names == contacts.names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    #expect(contacts.links.allSatisfy { $0.hasSuffix(" 1") })
  }
}

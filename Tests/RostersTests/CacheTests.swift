import Shared
import Testing

@testable import Rosters

/// What a volume keeps is what was read.
@Suite struct CacheTests {
  private static let texts = [
    "a@x\tb@x\nb@x\ta@x\nlone@x\nB@X\tc@y/desk\nd@x\td@x\n",
    "c@x\ta@x\nbad name@x\ta@x\nc@x\tgateway\nc@x\tremote@z\na@x\tb@x\t7\n",
    "", "e@y\ta@x\t9\ne@y\tb@x\t4\n",
  ]

  private static func fresh() -> ContactCollector {
    ContactCollector(domains: [], profile: .nodeprep)
  }

  private static func file(_ number: Int) -> CachedFile {
    CachedFile(path: "input \(number)", state: [1, 2, 3, 4, UInt64(number)])
  }

  /// Reads the texts of `numbers` one after the other; the volume of all of them.
  private static func cold(_ numbers: [Int], key: String = "key") throws
    -> (contacts: Contacts, words: [UInt64])
  {
    var collector = fresh()
    var units: [SavedUnit] = []
    for number in numbers {
      var inputs = Inputs(texts[number])
      inputs.files["input \(number)"] = inputs.files["input"]
      let position = collector.beginUnit()
      try inputs.read("input \(number)", into: &collector, format: .tsv)
      units.append(
        SavedUnit(
          collector.endUnit(position), files: [file(number)], isPart: number == 2, isRead: true))
    }
    let store = WordStore()
    try collector.save(units, key: key) { words throws(Complaint) in try store.append(words) }
    return (try collector.finish(), store.words)
  }

  private static func warm(_ words: [UInt64], _ numbers: [Int]) throws -> Contacts {
    let volume = try CacheVolume(WordStore(words), key: "key")
    var collector = fresh()
    let names = try collector.adopt(volume)!
    for number in numbers {
      let position = collector.beginUnit()
      try collector.replay(volume.units[number], of: volume, names)
      _ = collector.endUnit(position, replayed: volume.units[number])
    }
    collector.noteForeignNames()
    return try collector.finish()
  }

  @Test(arguments: [[0], [1], [2], [3], [0, 1, 2, 3], [3, 1], [0, 3]])
  func aVolumeSaysWhatTheInputsSaid(numbers: [Int]) throws {
    let all = try Self.cold(Array(Self.texts.indices)).words
    let cold = try Self.cold(numbers)
    // All units of a volume, and some units of one that holds more names.
    #expect(try Self.warm(cold.words, Array(numbers.indices)) == cold.contacts)
    #expect(try Self.warm(all, numbers) == cold.contacts)
  }

  /// False if the names are refused.
  private static func readsAll(of volume: CacheVolume) -> Bool {
    var collector = fresh()
    guard let names = try? collector.adopt(volume) else { return false }
    for unit in volume.units { try? collector.replay(unit, of: volume, names) }
    collector.noteForeignNames()
    _ = try? collector.finish()
    return true
  }

  @Test func unitsAreToldApart() throws {
    let words = try Self.cold([0, 2, 1]).words
    let volume = try CacheVolume(WordStore(words), key: "key")
    #expect(volume.units.map { $0.files } == [[Self.file(0)], [Self.file(2)], [Self.file(1)]])
    #expect(volume.units.map(\.isPart) == [false, true, false])
    #expect(volume.units.map(\.size) == [5, 0, 4])
  }

  @Test func otherOptionsGiveNothing() throws {
    let words = try Self.cold([0, 1]).words
    #expect(try CacheVolume(WordStore(words), key: "other").units.isEmpty)
  }

  /// Every word damaged, and every length.
  @Test func damageIsNoticed() throws {
    let words = try Self.cold([0, 1, 2, 3]).words
    for place in words.indices {
      for mask: UInt64 in [1, 1 << 7, 1 << 31, 1 << 63] {
        var damaged = words
        damaged[place] ^= mask
        #expect(throws: CacheVolume.Fault.self) { try CacheVolume(WordStore(damaged), key: "key") }
      }
      #expect(throws: CacheVolume.Fault.self) {
        try CacheVolume(WordStore(Array(words.prefix(place))), key: "key")
      }
    }
  }

  /// With a check that fits, so that the parser is what refuses.
  @Test func nonsenseWithAGoodCheckDoesNotCrash() throws {
    let words = try Self.cold([0, 1, 2, 3]).words
    var refused = 0
    for place in 1..<(words.count - 1) {
      let next: UInt64 = words[place] &+ 1
      let values: [UInt64] = [0, 1, next, UInt64.max, UInt64(UInt32.max)]
      for value in values {
        var nonsense = words
        nonsense[place] = value
        var check = WordCheck()
        for word in nonsense.dropLast() { check.take(word) }
        nonsense[words.count - 1] = check.value
        guard let volume = try? CacheVolume(WordStore(nonsense), key: "key") else {
          refused += 1
          continue
        }
        if !Self.readsAll(of: volume) { refused += 1 }
      }
    }
    #expect(refused > words.count)
  }
}

import SeededNumbers
import Shared
import Testing

@testable import Rosters

/// Whatever comes in: an answer or a complaint, and soon.
@Suite struct GarbageTests {
  /// The same bytes in every run.
  private struct Noise {
    private var generator: SeededGenerator
    init(state: UInt64) { generator = SeededGenerator(seed: state) }
    mutating func next(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
  }

  private static let fixtures = [
    "world.tsv", "world.xml", "ejabberd-old.csv", "ejabberd-old.tsv", "openfire.tsv",
    "prosody.csv", "prosody.tsv",
  ]

  @Test(arguments: fixtures)
  func damagedInputsAreReadOrRefused(name: String) {
    let intact = Inputs(fixture: name)
    var refused = 0
    for seed in 0..<400 {
      var noise = Noise(state: UInt64(seed))
      var damaged = intact
      for _ in 0..<(1 + noise.next(8)) {
        let place = noise.next(damaged.files["input"]!.count)
        switch noise.next(4) {
        case 0: damaged.files["input"]![place] = UInt8(noise.next(256))
        case 1: damaged.files["input"]!.remove(at: place)
        case 2: damaged.files["input"]!.insert(UInt8(noise.next(256)), at: place)
        default: damaged.files["input"]![place] = Array("\t\n\r\"\\,<>&@/".utf8)[noise.next(11)]
        }
      }
      if (try? damaged.contacts(domains: ["a.example"], step: 97)) == nil {
        refused += 1
      }
    }
    // Damage is noticed sometimes, and does not always matter.
    #expect(name == "world.tsv" || refused > 0)
    #expect(refused < 400)
  }

  @Test(arguments: RosterFormat.allCases)
  func noiseIsReadOrRefused(format: RosterFormat) throws {
    let alphabets = [Array(0...255), Array("a@x\t\n\"\\,<>/='{}:".utf8)]
    for seed in 0..<300 {
      var noise = Noise(state: UInt64(seed) &* 7919)
      let alphabet = alphabets[seed % 2]
      var inputs = Inputs("")
      for _ in 0..<noise.next(600) {
        inputs.files["input"]!.append(alphabet[noise.next(alphabet.count)])
      }
      for wanted in [nil, format] {
        guard let contacts = try? inputs.contacts(format: wanted, domains: ["x"]) else { continue }
        #expect(contacts.ties.allSatisfy { $0.a < $0.b && Int($0.b) < contacts.users.count })
      }
    }
  }
}

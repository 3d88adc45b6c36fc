import Glibc
import SeededNumbers
import Shared
import Testing

@testable import MapFile

@Suite("Files that are no whole map are refused")
struct RefusalTests {
  let scratch = Scratch()
  let good: [UInt8]

  init() throws {
    try scratch.writeMap(
      (0..<300).map { ("user\($0)@a.example", Partition($0 % 9 + 1)) }, to: "good.mdb")
    good = scratch.read("good.mdb")
  }

  private func reason(
    _ bytes: [UInt8], source: Map.Source = .shared, profile: JIDProfile? = nil
  ) -> MapError.Reason? {
    scratch.write(bytes, to: "bad.mdb")
    do {
      _ = try Map(path: scratch["bad.mdb"], source: source, profile: profile)
      return nil
    } catch {
      #expect(error.description.hasPrefix(scratch["bad.mdb"]))
      return error.reason
    }
  }

  /// The trailer that belongs to bytes, behind them.
  private func sealed(_ bytes: [UInt8]) -> [UInt8] {
    bytes + MapTrailer(length: UInt64(bytes.count), digest: Digest.of(bytes.span)).bytes
  }

  @Test("the one that all others are made of is not", arguments: [Map.Source.shared, .privateCopy])
  func whole(source: Map.Source) {
    #expect(reason(good, source: source) == nil)
    #expect(sealed(Array(good.dropLast(48))) == good)
  }

  @Test("cut short at any length", arguments: [Map.Source.shared, .privateCopy])
  func truncated(source: Map.Source) {
    let lengths =
      Array(0...64) + Array(stride(from: 65, to: good.count, by: 997))
      + Array((good.count - 64)..<good.count) + [4096, 8192, 8239, 8240]
    for length in lengths {
      let expected: MapError.Reason =
        length < 8240 ? .short(size: length) : .foreign(lmdb: true)
      #expect(reason(Array(good.prefix(length)), source: source) == expected, "\(length) bytes")
    }
  }

  @Test("with something behind it")
  func extended() {
    #expect(reason(good + [0]) == .foreign(lmdb: true))
    #expect(
      reason(good.dropLast(48) + [0] + good.suffix(48))
        == .length(told: UInt64(good.count - 48), found: UInt64(good.count - 47)))
  }

  @Test("with one bit flipped, anywhere", arguments: [Map.Source.shared, .privateCopy])
  func flipped(source: Map.Source) {
    var random = SeededGenerator(seed: 5)
    let positions =
      Array(stride(from: 0, to: good.count, by: 101)) + Array((good.count - 48)..<good.count)
    for position in positions {
      var bytes = good
      bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      switch reason(bytes, source: source) {
      case .damaged: #expect(position < good.count - 48 || position >= good.count - 32)
      case .foreign(lmdb: true): #expect((good.count - 48..<good.count - 40).contains(position))
      case .length: #expect((good.count - 40..<good.count - 32).contains(position))
      case let other: Issue.record("position \(position): \(String(describing: other))")
      }
    }
  }

  @Test("text, and LMDB of other programs")
  func foreign() {
    #expect(reason([]) == .short(size: 0))
    #expect(reason(Array("# format: 1\n".utf8)) == .short(size: 12))
    #expect(reason([UInt8](repeating: 65, count: 100_000)) == .foreign(lmdb: false))
    #expect(reason(Array(good.dropLast(48))) == .foreign(lmdb: true))
  }

  @Test("a right trailer behind wrong contents")
  func sealedNonsense() throws {
    for bytes in [
      [UInt8](repeating: 0, count: 9000), [UInt8](repeating: 65, count: 100_000),
      Array(good.prefix(8192)),
    ] {
      guard case .inside? = reason(sealed(bytes)) else {
        Issue.record("\(bytes.count) bytes of nonsense were taken")
        continue
      }
    }
    // The names of the databases and of the entries of meta.
    for name in ["users", "meta", "format", "profile", "partitions", "header"] {
      var bytes = Array(good.dropLast(48))
      let renamed = Array(name.utf8.dropLast()) + [UInt8(ascii: "~")]
      for place in bytes.indices where bytes[place...].starts(with: name.utf8) {
        bytes.replaceSubrange(place..<place + renamed.count, with: renamed)
      }
      guard case .inside? = reason(sealed(bytes)) else {
        Issue.record("a map without `\(name)` was taken")
        continue
      }
    }
  }

  @Test("of a newer format")
  func newer() throws {
    var bytes = Array(good.dropLast(48))
    let entry = Array("format".utf8) + [1, 0, 0, 0]
    let place = try #require(bytes.indices.last { bytes[$0...].starts(with: entry) })
    bytes[place + 6] = 2
    #expect(reason(sealed(bytes)) == .newer(format: 2))
    #expect(reason(sealed(bytes), profile: .precis) == .newer(format: 2))
  }

  @Test("of another profile")
  func profile() {
    #expect(reason(good, profile: .nodeprep) == nil)
    #expect(reason(good, profile: .precis) == .profile(found: "nodeprep", expected: .precis))
  }

  @Test("no file, no permission to be one")
  func noFile() {
    mkfifo(scratch["pipe"], 0o600)
    for (name, expected) in [
      ("absent.mdb", MapError.Reason.system(attempt: "open it", number: ENOENT)),
      ("pipe", .notAFile), ("", .notAFile),
    ] {
      let error = #expect(throws: MapError.self) { try Map(path: scratch[name]) }
      #expect(error?.reason == expected)
    }
    let device = #expect(throws: MapError.self) { try Map(path: "/dev/null") }
    #expect(device?.reason == .notAFile)
  }

  @Test(
    "cut short, or overwritten, while it is read", arguments: [Map.Source.shared, .privateCopy])
  func changedMeanwhile(source: Map.Source) throws {
    // More than one buffer of a MiB, so that something comes after the first.
    let users = (0..<60_000).map { ("user\($0)@a.example", Partition(1)) }
    for cut in [0, 8192, 1 << 20] {
      try scratch.writeMap(users, to: "large.mdb")
      chmod(scratch["large.mdb"], 0o600)
      var isCut = false
      let error = #expect(throws: MapError.self) {
        try Map(path: scratch["large.mdb"], source: source) { _, _ in
          if !isCut { truncate(scratch["large.mdb"], cut) }
          isCut = true
        }
      }
      #expect(error?.reason == .changed, "cut to \(cut)")
    }
  }

  @Test("a private copy does not care what becomes of the file")
  func privateCopy() throws {
    scratch.write(good, to: "good.mdb")
    let map = try Map(path: scratch["good.mdb"], source: .privateCopy)
    truncate(scratch["good.mdb"], 0)
    let reader = try MapReader(map)
    for number in 0..<300 {
      let user = Array("user\(number)@a.example".utf8)
      #expect(reader.partition(of: user.span) == Partition(number % 9 + 1))
    }
  }
}

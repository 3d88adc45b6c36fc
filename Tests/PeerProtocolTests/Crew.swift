import Glibc
import MapFile
import SeededNumbers
import Shared
import Testing

@testable import PeerProtocol

/// Who takes part in the tests: edges, maps, secrets that are the same in every run.
enum Crew {
  static func edge(_ number: UInt64) -> EdgeID {
    var random = SeededGenerator(seed: number)
    return EdgeID(using: &random)
  }

  static func map(_ letter: Character) -> MapDigest {
    MapDigest([UInt8](repeating: letter.asciiValue!, count: MapDigest.count))
  }

  static func party(
    _ number: UInt64, map letter: Character? = nil, profile: JIDProfile? = .nodeprep,
    secret: String? = nil, clients: UInt64? = nil
  ) -> PeerParty {
    PeerParty(
      edge: edge(number), map: letter.map(map), profile: profile, hmac: secret.map(hmac),
      clients: clients)
  }

  static func hmac(_ secret: String) -> PeerProof.HMAC {
    { text in HMAC.sha256(text, key: Array(secret.utf8)) }
  }

  /// All lines of what a side wants to send.
  static func lines(_ output: [UInt8]) -> [String] {
    String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

/// 0, 1, 2, ...: ids and nonces that can be written in a page.
struct CountingGenerator: RandomNumberGenerator {
  var number: UInt64

  mutating func next() -> UInt64 {
    defer { number += 1 }
    return number
  }
}

/// All bytes of a file of the project.
func contents(of path: String) throws -> [UInt8] {
  let file = try #require(fopen(path, "r"))
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 20)
  let count = fread(&bytes, 1, bytes.count, file)
  return Array(bytes.prefix(count))
}

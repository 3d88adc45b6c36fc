import SeededNumbers
import Shared

enum RandomUsers {
  private static let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789-_.!#é漢ж")

  /// Canonical users, each once, in byte order: short and long ones, prefixes of each other, and
  /// names that begin with `#` as header lines do.
  static func make(_ count: Int, _ random: inout SeededGenerator) -> [User] {
    var users: Set<User> = []
    while users.count < count {
      let length =
        Int.random(in: 0..<50, using: &random) == 0
        ? Int.random(in: 200...400, using: &random) : Int.random(in: 1...12, using: &random)
      var local = ""
      for _ in 0..<length { local.append(letters.randomElement(using: &random)!) }
      let domain = ["a.example", "b.example.org", "é.example"].randomElement(using: &random)!
      if let user = try? User("\(local)@\(domain)", profile: .nodeprep) { users.insert(user) }
      if let user = try? User("\(local)x@\(domain)", profile: .nodeprep), users.count < count {
        users.insert(user)
      }
    }
    return users.sorted()
  }
}

extension Scratch {
  /// The text of a `redirect.db` with these users in nine partitions.
  static func database(_ lines: [(User, Partition)], header: DatabaseHeader = .example) -> [UInt8] {
    var header = header
    header.users = UInt64(lines.count)
    var text = Array(header.text.utf8)
    for (user, partition) in lines {
      DatabaseLine.append(user: user.bytes.span, partition: partition, to: &text)
    }
    return text
  }
}

import MapFile
import Shared
import Testing

@Suite("The map gives back what was written")
struct MapTests {
  let scratch = Scratch()

  @Test("users, header and numbers", arguments: [Map.Source.shared, .privateCopy])
  func roundTrip(source: Map.Source) throws {
    let users: [(String, Partition)] = [
      ("alice@a.example", 1), ("bob@a.example", 9), ("ø@é.example", 3),
    ]
    let identity = try scratch.writeMap(users, to: "redirect.mdb")
    let map = try Map(path: scratch["redirect.mdb"], source: source, profile: .nodeprep)
    #expect(map.identity == identity)
    #expect(map.header == .example)
    #expect(map.users == 3)
    #expect(map.partitions == 9)
    #expect(map.size == scratch.read("redirect.mdb").count)
    let reader = try MapReader(map)
    for (user, partition) in users {
      #expect(reader.partition(of: Array(user.utf8).span) == partition)
    }
    for unknown in ["", "alice@a.exampl", "alice@a.example.", "zoe@a.example", "\0"] {
      #expect(reader.partition(of: Array(unknown.utf8).span) == nil)
    }
    #expect(try map.all().map(\.user) == users.map(\.0))
  }

  @Test("JIDs beyond LMDB's keys, wherever they stand in the input", arguments: [0, 1, 500])
  func longUsers(short: Int) throws {
    var users: [(String, Partition)] = (0..<short).map { ("user\($0)@example.com", 1) }
    for length in [510, 511, 512, 513, 1023] {
      for first in ["a", "u", "z"] {
        let local = String(repeating: first, count: length - 12)
        users.append((local + "@example.com", Partition(length % 9 + 1)))
        users.append((local + "@" + String(repeating: "d", count: 1023), 2))
      }
    }
    try scratch.writeMap(users, to: "redirect.mdb")
    let map = try Map(path: scratch["redirect.mdb"])
    let reader = try MapReader(map)
    for (user, partition) in users {
      #expect(reader.partition(of: Array(user.utf8).span) == partition)
    }
    #expect(reader.partition(of: [UInt8](repeating: 97, count: 600).span) == nil)
    let sorted = users.map(\.0).sorted { Array($0.utf8).precedes(Array($1.utf8)) }
    #expect(try map.all().map(\.user) == sorted)
  }

  @Test("a digest key is not a user")
  func digestKeyIsNotFound() throws {
    let long = [UInt8](repeating: 97, count: 600)
    try scratch.writeMap([(String(decoding: long, as: UTF8.self), 4)], to: "redirect.mdb")
    let reader = try MapReader(Map(path: scratch["redirect.mdb"]))
    let map = scratch.read("redirect.mdb")
    // In the file the key, 0x00 and 32 bytes, stands before its value: partition 4 and the user.
    let value = [4, 0, 0, 0] + long.prefix(16)
    let place = try #require(map.indices.first { map[$0...].starts(with: value) })
    let key = Array(map[(place - 33)..<place])
    #expect(key[0] == 0)
    #expect(reader.partition(of: long.span) == 4)
    #expect(reader.partition(of: key.span) == nil)
  }

  @Test("no users at all")
  func empty() throws {
    try scratch.writeMap([], to: "redirect.mdb")
    let map = try Map(path: scratch["redirect.mdb"])
    #expect(map.users == 0)
    #expect(try map.all().isEmpty)
    #expect(try MapReader(map).partition(of: Array("a@b".utf8).span) == nil)
  }

  @Test("readers may outlive close, and close may come twice")
  func closing() throws {
    try scratch.writeMap([("alice@a.example", 1)], to: "redirect.mdb")
    let map = try Map(path: scratch["redirect.mdb"])
    let reader = try MapReader(map)
    map.close()
    map.close()
    #expect(reader.partition(of: Array("alice@a.example".utf8).span) == 1)
    #expect(throws: MapError.self) { try MapReader(map) }
    reader.close()
    reader.close()
  }
}

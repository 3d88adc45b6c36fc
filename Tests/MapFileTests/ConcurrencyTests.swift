import MapFile
import Shared
import Testing

@Suite("Readers on several threads")
struct ConcurrencyTests {
  let scratch = Scratch()

  @Test("each finds all, while maps are replaced and opened beside them")
  func readers() async throws {
    let users = (0..<20_000).map { ("user\($0)@a.example", Partition($0 % 9 + 1)) }
    try scratch.writeMap(users, to: "redirect.mdb")
    let map = try Map(path: scratch["redirect.mdb"])
    let path = scratch["redirect.mdb"]
    let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let reader = try MapReader(map)
          return users.count { reader.partition(of: Array($0.0.utf8).span) != $0.1 }
        }
      }
      group.addTask {
        for round in 0..<20 {
          var writer = try MapWriter(replacing: path, partitions: 9)
          try writer.add(Array("round\(round)@a.example".utf8).span, 1)
          _ = try writer.publish(header: .example)
          let next = try Map(path: path)
          guard next.users == 1 else { return 1 }
        }
        return 0
      }
      return try await group.reduce(0, +)
    }
    #expect(wrong == 0)
    map.close()
  }
}

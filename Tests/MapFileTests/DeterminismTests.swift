import Glibc
import MapFile
import Shared
import Testing

@Suite("The same redirect.db, the same bytes", .serialized)
struct DeterminismTests {
  let scratch = Scratch()

  /// Enough for several transactions and for long keys in the midst of the others.
  private func write(_ name: String, users: Int) throws -> Map.Identity {
    var writer = try MapWriter(replacing: scratch[name], partitions: 9)
    for number in 0..<users {
      let padding = number % 5000 == 7 ? String(repeating: "x", count: 600) : ""
      let user = "user\(10_000_000 + number)\(padding)@example.com"
      try writer.add(Array(user.utf8).span, Partition(number % 9 + 1))
    }
    return try writer.publish(header: .example)
  }

  @Test("whatever the memory held before")
  func memory() throws {
    // M_PERTURB: what malloc gives is filled with this byte's complement. Swift does not import it.
    typealias Option = @convention(c) (_ parameter: Int32, _ value: Int32) -> Int32
    let mallopt = unsafeBitCast(try #require(dlsym(nil, "mallopt")), to: Option.self)
    let perturb: Int32 = -6
    #expect(mallopt(perturb, 0xA5) == 1)
    let first = try write("a.mdb", users: 400_000)
    #expect(mallopt(perturb, 0x3C) == 1)
    let second = try write("b.mdb", users: 400_000)
    #expect(mallopt(perturb, 0) == 1)
    #expect(first == second)
    #expect(scratch.read("a.mdb") == scratch.read("b.mdb"))
  }

  @Test("in every process", .enabled(if: sysconf(Int32(_SC_PAGESIZE)) == 4096))
  func processes() throws {
    let map = try write("a.mdb", users: 1000).description
    // Changes only with the format, Debian's LMDB, or the page size.
    #expect(
      map == "07eea7c3145e15354da6a860acc36c4f7d4c691965b81c6949a5c8a18722ee2d"
    )
  }
}

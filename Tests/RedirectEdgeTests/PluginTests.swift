import Glibc
import Routing
import Shared
import Testing

@testable import RedirectEdge

/// Plug-ins as the edge loads and asks them. The libraries are real: the examples as `swift build` makes them, and one
/// that lies.
@Suite struct PluginTests {
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/")

  /// A directory for one test.
  final class Place {
    let path: String

    init() throws {
      // mkdtemp replaces the last six letters.
      let pattern = "/tmp/redirect-edge-plugin-" + String(repeating: "X", count: 6)
      var template = Array(pattern.utf8CString)
      let made = try #require(mkdtemp(&template))
      path = String(cString: made)
    }

    deinit { _ = system("rm -rf \(path)") }

    func file(_ name: String, _ contents: [UInt8]) throws -> String {
      let file = try #require(fopen("\(path)/\(name)", "w"))
      _ = contents.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
      fclose(file)
      return "\(path)/\(name)"
    }

    func open(_ library: String, _ configuration: String) throws -> Plugin {
      var libraries = PluginLibraries()
      let text = try file("plugin.conf", Array(configuration.utf8))
      return try PluginFiles(name: "plugin", library: library, configuration: text).open(&libraries)
    }

    func liar(_ macros: String = "") throws -> String {
      let source = "\(PluginTests.root)/Tests/Integration/plugins/liar.c"
      let header = "\(PluginTests.root)/Sources/RedirectEdge/CPlugin"
      let library = "\(path)/liar.so"
      let compiler = "cc -std=c11 -D_GNU_SOURCE -fPIC -shared"
      try #require(system("\(compiler) \(macros) -I \(header) \(source) -o \(library)") == 0)
      return library
    }
  }

  /// A product of this package: it stands beside the program that runs the tests.
  static func product(_ name: String) throws -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let program = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    let directory = program[..<(try #require(program.lastIndex(of: "/")))]
    return "\(directory)/lib\(name).so"
  }

  static func contents(_ path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"), "\(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
  }

  /// The answer on a user, in a pool of the nodes `im0`, `im1`, ...
  static func answer(_ plugin: Plugin, _ user: String) throws(PluginFault) -> PluginAnswer {
    let bytes = Array(user.utf8)
    return try plugin.answer(for: bytes.span) { name in
      (0..<4).first { number in
        Array("im\(number)".utf8) == (0..<name.count).map { name[$0] }
      }
    }
  }

  @Test func theTable() throws {
    let place = try Place()
    let text = "a@x\tim1\n# comment\nanna@x\t4294967295\n\nb@x\t7\nba@x\tim3"
    let plugin = try place.open(try Self.product("table"), text)
    let expected: [(String, PluginAnswer)] = [
      ("a@x", .node(1)), ("anna@x", .partition(4_294_967_295)), ("b@x", .partition(7)),
      ("ba@x", .node(3)), ("a@", .unknown), ("a@xx", .unknown), ("c@x", .unknown), ("", .unknown),
      ("# comment", .unknown),
    ]
    for (user, answer) in expected { #expect(try Self.answer(plugin, user) == answer, "\(user)") }
    let empty = try place.open(try Self.product("table"), "")
    #expect(try Self.answer(empty, "a@x") == .unknown)
  }

  @Test func theDepartments() throws {
    let place = try Place()
    let text = "sales = im1\n\n# comment\r\n  it=im2\nsal\t=\tim3\r\n"
    let plugin = try place.open(try Self.product("department"), text)
    let expected: [(String, PluginAnswer)] = [
      ("sales.anna@x", .node(1)), ("it.b@x", .node(2)), ("sal.es@x", .node(3)),
      ("sales@x.y", .unknown), ("sale.s@x", .unknown), ("saless.a@x", .unknown), (".a@x", .unknown),
      ("i.a@x", .unknown), ("zz.a@x", .unknown), ("", .unknown),
    ]
    for (user, answer) in expected { #expect(try Self.answer(plugin, user) == answer, "\(user)") }
  }

  /// A new library under the old path is another one, and the old one goes on.
  @Test func aReplacedLibraryIsLoadedAnew() throws {
    let place = try Place()
    let old = try place.open(try place.liar("-DBAKED='\"im1\"'"), "")
    let new = try place.open(try place.liar("-DBAKED='\"im2\"'"), "")
    #expect(try Self.answer(new, "a@x") == .node(2))
    #expect(try Self.answer(old, "a@x") == .node(1))
  }

  /// All workers ask at once, while other states come and go.
  @Test func manyThreadsAtOnce() async throws {
    let place = try Place()
    let plugin = try place.open(try Self.product("department"), "sales = im1\nit = im2\n")
    let wrong = await withTaskGroup(of: Int.self, returning: Int.self) { group in
      for _ in 0..<4 {
        group.addTask {
          (0..<20_000).count { number in
            let user = ["sales.a@x", "it.a@x", "no.a@x"][number % 3]
            let answer = [PluginAnswer.node(1), .node(2), .unknown][number % 3]
            return (try? Self.answer(plugin, user)) != answer
          }
        }
      }
      for _ in 0..<50 { _ = try? place.open(try Self.product("department"), "x = im1") }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }

  /// A library that was cut short anywhere is refused, or it was only its end that nobody needs.
  @Test func cutShort() throws {
    let place = try Place()
    let whole = try Self.contents(try place.liar())
    var refused = 0
    for length in Array(stride(from: 0, to: whole.count, by: 511)) + Array(0..<200) {
      let library = try place.file("cut.so", Array(whole[..<length]))
      do {
        let plugin = try place.open(library, "")
        #expect(try Self.answer(plugin, "a@x") == .node(1))
      } catch let error as Refusal {
        refused += 1
        #expect(error.lines.count == 1 && error.lines[0].hasPrefix("\(library): "))
      }
    }
    #expect(refused > 210)
  }

  /// Headers of libraries with nonsense in them, each byte in turn.
  @Test func damagedHeaders() throws {
    let place = try Place()
    let whole = try Self.contents(try place.liar())
    for position in 0..<64 {
      for value in [0, 0xff, whole[position] ^ 0x40] as [UInt8] {
        var damaged = whole
        damaged[position] = value
        // Only the check: what passes it may be any program, and loading one is running it.
        _ = SharedObject.fault(in: damaged.span)
        if position < 20, position < 7 || position > 15, value != whole[position] {
          #expect(SharedObject.fault(in: damaged.span) != nil, "byte \(position)")
        }
      }
    }
    #expect(SharedObject.fault(in: whole.span) == nil)
  }

  @Test func recurrencesAreToldNowAndThen() {
    let faults = Recurrence()
    #expect(faults.count(at: 100) == 1)
    for now in 101..<200 as Range<Int64> { #expect(faults.count(at: now) == nil) }
    #expect(faults.count(at: 99 + Recurrence.interval) == nil)
    #expect(faults.count(at: 100 + Recurrence.interval) == 101)
    #expect(faults.count(at: 101 + Recurrence.interval) == nil)
  }
}

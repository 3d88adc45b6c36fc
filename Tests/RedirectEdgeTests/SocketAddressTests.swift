import Glibc
import Shared
import Synchronization
import Testing

@testable import RedirectEdge

@Suite struct SocketAddressTests {
  static func host(_ text: String) -> HostPort { HostPort(text, defaultPort: 5222)! }

  @Test(arguments: ["127.0.0.1:5222", "[::1]:5222", "[2001:db8::1]:1"])
  func literals(_ text: String) throws {
    let address = try #require(SocketAddress(literal: Self.host(text)))
    #expect(try SocketAddress.resolve(Self.host(text)) == [address])
  }

  @Test func portsAndAddressesTellThemApart() {
    let texts = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.2:1", "[::1]:1", "[::1]:2", "[::2]:1"]
    #expect(Set(texts.map { SocketAddress(literal: Self.host($0))! }).count == texts.count)
    #expect(
      SocketAddress(literal: Self.host("[0:0::1]:1"))
        == SocketAddress(literal: Self.host("[::1]:1")))
  }

  @Test func namesAreNoLiterals() {
    #expect(SocketAddress(literal: Self.host("localhost")) == nil)
    #expect(SocketAddress(literal: Self.host("a.example:1")) == nil)
  }

  @Test func namesAreResolved() throws {
    let found = try SocketAddress.resolve(Self.host("localhost:5222"))
    #expect(!found.isEmpty)
    #expect(Set(found).count == found.count)
    #expect(
      Set(found).isSubset(of: [
        SocketAddress(literal: Self.host("127.0.0.1:5222"))!,
        SocketAddress(literal: Self.host("[::1]:5222"))!,
      ]))
  }

  /// RFC 6761: it never exists.
  @Test func aNameThatLeadsNowhere() {
    #expect(throws: ResolveError.self) {
      try SocketAddress.resolve(Self.host("nowhere.invalid:5222"))
    }
  }

  @Test func nothingIsLeftOpenWhenItCannotBegin() {
    // No route leads there, and the kernel says so at once; no descriptor stays behind.
    let lowest = dup(0)
    close(lowest)
    for _ in 0..<50 {
      if let descriptor = SocketAddress(literal: Self.host("255.255.255.255:1"))!.connect() {
        close(descriptor)
      }
    }
    let next = dup(0)
    defer { close(next) }
    #expect(next <= lowest + 20)
  }

  /// Again and again, new names at once, and no others.
  @Test func aResolverLooksAgainAndAgain() async throws {
    let seen = Mutex<[String: Int]>([:])
    let resolver = try Resolver(name: "resolver-test") { name, answer in
      guard case .success(let found) = answer, !found.isEmpty else { return }
      seen.withLock { $0[name.description, default: 0] += 1 }
    }
    func count(_ name: String) -> Int { seen.withLock { $0[name] ?? 0 } }
    resolver.watch([Self.host("127.0.0.1:1")], every: 20)
    try await until { count("127.0.0.1:1") >= 3 }
    resolver.watch([Self.host("127.0.0.1:2")], every: 60_000)
    try await until { count("127.0.0.1:2") == 1 }
    let before = count("127.0.0.1:1")
    resolver.watch([Self.host("127.0.0.1:2"), Self.host("127.0.0.1:3")], every: 60_000)
    try await until { count("127.0.0.1:3") == 1 }
    #expect(count("127.0.0.1:1") == before)
    #expect(count("127.0.0.1:2") == 1)
    // A shorter time counts at once, and not after the long one.
    resolver.watch([Self.host("127.0.0.1:2")], every: 20)
    try await until { count("127.0.0.1:2") >= 3 }
  }

  func until(_ isTrue: () -> Bool) async throws {
    for _ in 0..<1000 {
      if isTrue() { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("after 20 s still waiting")
  }
}

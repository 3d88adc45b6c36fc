import Shared
import Testing

/// Providers that are shared libraries.
@Suite struct ConfigurationPluginTests {
  @Test func chainsWithPlugins() throws {
    let configuration = try configuration(
      """
      redirect.provider = ./table.so, db, /usr/lib/department-2.so, hash, ../no.ending
      redirect.plugin.department-2.config = department.conf
      """)
    #expect(configuration.providers == [.plugin(0), .db, .plugin(1), .hash, .plugin(2)])
    #expect(configuration.plugins.map(\.name) == ["table", "department-2", "no.ending"])
    #expect(
      configuration.plugins.map(\.path)
        == ["./table.so", "/usr/lib/department-2.so", "../no.ending"])
    #expect(configuration.plugins.map(\.configurationPath) == [nil, "department.conf", nil])
    #expect(
      configuration.providers.map(configuration.name)
        == ["table", "db", "department-2", "hash", "no.ending"])
  }

  /// A provider is copied and compared for every connection.
  @Test func aProviderIsSmall() {
    #expect(MemoryLayout<Provider>.size <= 9)
    #expect(_isPOD(Provider.self))
  }

  @Test(
    arguments: [
      (
        "redirect.provider = table.so",
        [
          "redirect.conf:1: `redirect.provider` is `table.so`; expected for `table.so` one of db, peers, regex, "
            + "roundrobin, hash, or the path of a plug-in, with a `/` in it: `./NAME.so`"
        ]
      ),
      (
        "redirect.provider = db, ./a.so, ./a.so",
        ["redirect.conf:1: `redirect.provider` is `db, ./a.so, ./a.so`; expected `./a.so` once"]
      ),
      (
        "redirect.provider = ./a.so, db, /b/a.so",
        [
          "redirect.conf:1: `/b/a.so` and `./a.so` in `redirect.provider` are both named `a`; expected another "
            + "file name (a symlink will do)"
        ]
      ),
      (
        "redirect.provider = ./a.so\nredirect.plugin.b.config = b",
        [
          "redirect.conf:2: `redirect.plugin.b.config` is of a plug-in that redirect.provider does not name; "
            + "it names a"
        ]
      ),
      (
        "redirect.plugin.b.config = b",
        [
          "redirect.conf:1: `redirect.plugin.b.config` is of a plug-in that redirect.provider does not name; "
            + "it names no plug-in"
        ]
      ),
      (
        "redirect.plugin.b c.config = b\nredirect.provider = ./b.so",
        [
          "redirect.conf:1: `b c` in `redirect.plugin.<name>.config` is no name; expected 1 to 64 letters, "
            + "digits, `-`, `_` and `.`"
        ]
      ),
    ])
  func complaints(text: String, expected: [String]) {
    #expect(SharedTests.complaints(text) == expected)
  }

  @Test(
    "paths that name no library",
    arguments: ["./", "/", "./.so", "./a b.so", "./é.so", "./" + String(repeating: "a", count: 65)])
  func badPaths(path: String) {
    let lines = SharedTests.complaints("redirect.provider = db, \(path)")
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("redirect.conf:1: `\(path)` in `redirect.provider` is no path"))
    #expect(
      lines[0].hasSuffix(
        "expected a file whose name has, without `.so`, 1 to 64 letters, digits, `-`, `_` and `.`"))
  }

  @Test("a chain that is wrong is complained about once")
  func noCascade() {
    let lines = SharedTests.complaints(
      "redirect.provider = ./a.so, nonsense\nredirect.plugin.a.config = a")
    #expect(lines.count == 1 && lines[0].hasPrefix("redirect.conf:1: `redirect.provider` is"))
  }

  @Test func theEnvironmentCannotNameAPlugin() {
    let lines = SharedTests.complaints(
      "redirect.provider = ./a.so",
      environment: [("REDIRECT_EDGE_REDIRECT_PLUGIN_A_CONFIG", "a.conf")])
    #expect(lines.count == 1 && lines[0].contains("cannot be set by the environment"))
  }
}

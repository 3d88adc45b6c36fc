import SeededNumbers
import Shared
import Testing

/// The file's form, the environment, flags, and unknown keys.
@Suite("Configuration: where settings come from")
struct ConfigurationSourcesTests {
  @Test(
    "the forms of a line",
    arguments: [
      "redirect.db.users = m.mdb", "redirect.db.users=m.mdb", " \tredirect.db.users\t=\tm.mdb \r",
      "redirect.db.users = \"m.mdb\"", "redirect.db.users = 'm.mdb'",
      "iim_server.redirect.db.users = m.mdb", "\u{feff}redirect.db.users = m.mdb",
      "# redirect.db.users = x\n! redirect.db.users = y\n\nredirect.db.users = m.mdb",
    ])
  func forms(text: String) throws {
    #expect(try configuration(text).mapPath == "m.mdb")
  }

  @Test(
    "values are taken as they stand",
    arguments: [
      ("a=b", "a=b"), ("a # b", "a # b"), ("it's", "it's"), ("\" a \"", " a "), ("'a\"b'", "a\"b"),
      ("", "redirect.mdb"), ("\"\"", "redirect.mdb"),
    ])
  func values(written: String, value: String) throws {
    #expect(try configuration("redirect.db.users = \(written)").mapPath == value)
  }

  @Test(
    "lines that are no settings",
    arguments: [
      ("domains", "redirect.conf:1: `domains` is no setting; expected `key = value`"),
      (
        "domains = \"a",
        "redirect.conf:1: `\"a` begins with a quote; expected the same quote at its end only"
      ),
      (
        "\n\ndomains = \"a\" b\"",
        "redirect.conf:3: `\"a\" b\"` begins with a quote; expected the same quote at its end only"
      ),
      (
        "domains = \"",
        "redirect.conf:1: `\"` begins with a quote; expected the same quote at its end only"
      ),
      (
        "workers = 1\n! no\niim_server.workers = 2",
        "redirect.conf:3: `workers` is set in redirect.conf:1 already; expected it once in the file"
      ),
    ])
  func wrongLines(text: String, complaint: String) {
    #expect(complaints(text) == [complaint])
  }

  @Test(
    "unknown keys, and what may have been meant",
    arguments: [
      ("redirect.modes", "redirect.mode"), ("redirect.provder", "redirect.provider"),
      ("Domains", "domains"), ("limits.step", "limit.step"), ("loglevel", "log.level"),
      ("redirect.db.user", "redirect.db.users"),
      ("redirect.to.imA.hots", "redirect.to.imA.host"),
      ("redirect.to.im.a.wieght", "redirect.to.im.a.weight"),
      ("listener.clients.adress", "listener.clients.address"),
      ("listener.clients.proxy.form", "listener.clients.proxy.from"),
      ("tls.example.org.certificat", "tls.example.org.certificate"),
      ("colour", nil), ("", nil), (String(repeating: "x", count: 5000), nil),
    ] as [(String, String?)])
  func unknown(key: String, meant: String?) {
    let lines = complaints("\(key) = 1")
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("redirect.conf:1: unknown key `\(key.prefix(120))"))
    let hint = meant.map { "expected perhaps `\($0)`" } ?? "expected a key of configuration.md"
    #expect(lines[0].hasSuffix(hint), "\(lines[0])")
  }

  @Test("flags beat environment beats file beats default")
  func order() throws {
    let file = "workers = 1"
    let environment = [(name: "REDIRECT_EDGE_WORKERS", value: "2"), (name: "PATH", value: "/bin")]
    let flags = [(key: "workers", value: "3"), (key: "iim_server.workers", value: " 4 ")]
    #expect(try configuration("").workers == 0)
    #expect(try configuration(file).workers == 1)
    #expect(try configuration(file, environment: environment).workers == 2)
    #expect(try configuration(file, environment: environment, flags: flags).workers == 4)
    // What is beaten need not be right, what is empty is the default.
    #expect(try configuration("workers = x", flags: [(key: "workers", value: "3")]).workers == 3)
    #expect(try configuration(file, flags: [(key: "workers", value: "")]).workers == 0)
  }

  @Test("complaints name the variable or the flag")
  func places() {
    #expect(
      complaints(
        "workers = x\ndomains", environment: [(name: "REDIRECT_EDGE_LOG_LEVEL", value: "loud")],
        flags: [(key: "redirect.mod", value: "redirect"), (key: "log.format", value: "xml")]) == [
          "redirect.conf:1: `workers` is `x`; expected a whole number from 0 to 1024",
          "redirect.conf:2: `domains` is no setting; expected `key = value`",
          "--set redirect.mod: unknown key `redirect.mod`; expected perhaps `redirect.mode`",
          "REDIRECT_EDGE_LOG_LEVEL: `log.level` is `loud`; expected one of trace, debug, info, notice, "
            + "warning, error, critical",
          "--set log.format: `log.format` is `xml`; expected one of text, json",
        ])
  }

  @Test("a flag may set any key")
  func flagsWithNames() throws {
    let configuration = try configuration(
      "redirect.to = im.a\nredirect.to.im.a.host = a.example",
      flags: [(key: "redirect.to.im.a.host", value: "b.example:5000")])
    #expect(configuration.nodes.map(\.host.description) == ["b.example:5000"])
  }

  @Test("variables of keys with names are refused, unknown ones too, Kubernetes' own are not ours")
  func variables() throws {
    let lines = complaints(
      "",
      environment: [
        (name: "REDIRECT_EDGE_REDIRECT_TO_IMA_HOST", value: "a"),
        (name: "REDIRECT_EDGE_TLS_EXAMPLE_ORG_KEY", value: "a"),
        (name: "REDIRECT_EDGE_DOMAIN", value: "a"), (name: "REDIRECT_EDGE_COLOUR", value: "a"),
      ])
    let cannot =
      "cannot be set by the environment, because a variable's name cannot tell the part in "
    #expect(
      lines == [
        "REDIRECT_EDGE_REDIRECT_TO_IMA_HOST: `redirect.to.<node>.host` \(cannot)<> exactly; expected it "
          + "in the file or as --set",
        "REDIRECT_EDGE_TLS_EXAMPLE_ORG_KEY: `tls.<domain>.key` \(cannot)<> exactly; expected it in the "
          + "file or as --set",
        "REDIRECT_EDGE_DOMAIN: unknown variable; expected `REDIRECT_EDGE_` and a key in capitals; the "
          + "nearest is REDIRECT_EDGE_DOMAINS",
        "REDIRECT_EDGE_COLOUR: unknown variable; expected `REDIRECT_EDGE_` and a key in capitals",
      ])
    let links = [
      "REDIRECT_EDGE_SERVICE_HOST", "REDIRECT_EDGE_SERVICE_PORT",
      "REDIRECT_EDGE_SERVICE_PORT_CLIENTS",
      "REDIRECT_EDGE_PORT", "REDIRECT_EDGE_PORT_5222_TCP", "REDIRECT_EDGE_PORT_5222_TCP_ADDR",
      "REDIRECT_EDGE_INSIDE_PORT_5222_TCP_PROTO", "REDIRECT_EDGES", "redirect_edge_workers",
    ]
    let same = try configuration(
      "", environment: links.map { (name: $0, value: "tcp://10.0.0.1:1") })
    #expect(try same == configuration(""))
  }

  @Test("each key without a name in it has a variable of its own, and none looks like a Service's")
  func everyVariable() {
    var seen: Set<String> = []
    for key in ConfigurationKey.all where !key.hasFreePart {
      let name = "REDIRECT_EDGE_" + key.name.uppercased().map { $0 == "." ? "_" : "\($0)" }.joined()
      #expect(seen.insert(name).inserted)
      // A line feed is right for no key but those that take any path, and those take all.
      let lines = complaints("", environment: [(name: name, value: "\u{7f}")])
      let takesAll =
        [
          "redirect.db.users", "redirect.db.partitions", "redirect.hash.secret", "redirect.trust",
          "redirect.peers.secret", "admin.token", "redirect.auto.followers",
        ]
        .contains(key.name) || key.name.hasSuffix("partitions") || key.name.hasSuffix("rules")
      if takesAll { continue }
      // One of three files that only make sense together.
      if lines.first?.contains("certificates are incomplete") == true { continue }
      #expect(lines.count == 1 && lines[0].hasPrefix("\(name): `"), "\(name): \(lines)")
    }
  }

  @Test("where a setting stands is no part of what the configuration says")
  func equality() throws {
    let one = try configuration("workers = 1\nlog.level = debug")
    let other = try configuration("# moved\nlog.level = 'debug'\n\nworkers = 1")
    #expect(one == other)
    #expect(try one != configuration("workers = 2\nlog.level = debug"))
  }

  @Test("paths are relative to the directory of the file")
  func resolving() {
    #expect(Configuration.resolve("a/b", relativeTo: "/etc/edge") == "/etc/edge/a/b")
    #expect(Configuration.resolve("a/b", relativeTo: "/") == "/a/b")
    #expect(Configuration.resolve("/a/b", relativeTo: "/etc/edge") == "/a/b")
    #expect(Configuration.resolve("a", relativeTo: ".") == "a")
    #expect(Configuration.resolve("a", relativeTo: "") == "a")
  }

  @Test("no text makes the parser trap")
  func garbage() {
    var generator = SeededGenerator(seed: 3)
    let words = [
      "redirect.to", "listener.a.address", ".", "=", " ", "\n", "\"", "'", "#", "é", "tls.",
      ".key", "redirect.to.a.host", ",", "[::]:1", "5", "imA", "\u{301}", "\u{0}", "domains", "\r",
    ]
    for _ in 0..<500 {
      let text = (0..<Int.random(in: 0...25, using: &generator))
        .map { _ in words.randomElement(using: &generator)! }.joined()
      for line in complaints(text) {
        #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 }, "\(text)")
      }
    }
  }
}

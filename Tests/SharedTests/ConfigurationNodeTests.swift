import Shared
import Testing

/// Nodes, providers, domains.
@Suite("Configuration: the pool")
struct ConfigurationNodeTests {
  @Test("a node and all that can be said of it")
  func node() throws {
    let nodes = try configuration(
      """
      redirect.to = imA, im.b
      redirect.to.imA.host = A.example
      redirect.to.imA.directtls = [2001:db8::1]
      redirect.to.imA.websocket = wss://a.example/ws
      redirect.to.imA.bosh = https://a.example:5281/bosh
      redirect.to.imA.internal = 10.0.0.1
      redirect.to.imA.proxy = v2
      redirect.to.imA.weight = 3
      redirect.to.imA.state = drain
      redirect.to.im.b.host = b.example
      redirect.to.im.b.usessl = yes
      """
    ).nodes
    #expect(nodes.map(\.name) == ["imA", "im.b"])
    #expect(nodes.map(\.host.description) == ["a.example:5222", "b.example:5223"])
    #expect(nodes.map(\.directTLS?.description) == ["[2001:db8::1]:5223", nil])
    #expect(nodes.map(\.websocket?.description) == ["wss://a.example/ws", nil])
    #expect(nodes.map(\.internalWebSocket?.description) == ["wss://a.example/ws", nil])
    #expect(nodes.map(\.bosh?.description) == ["https://a.example:5281/bosh", nil])
    #expect(nodes.map(\.internalAddress.description) == ["10.0.0.1:5222", "b.example:5223"])
    #expect(nodes.map(\.internalProxy) == [.v2, .off])
    #expect(nodes.map(\.weight) == [3, 1])
    #expect(nodes.map(\.state) == [.drain, .active])
    #expect(ClientKind.allCases.map(nodes[0].hasTarget) == [true, true, true, true])
    #expect(ClientKind.allCases.map(nodes[1].hasTarget) == [false, true, false, false])
  }

  @Test("nodes named but not defined, and defined but not named")
  func strangers() {
    #expect(
      complaints(
        """
        redirect.to.imC.host = c.example
        redirect.to = imA, imB
        redirect.to.imA.host = a.example
        redirect.to.imC.weight = 2
        """) == [
          "redirect.conf:1: `redirect.to.imC.host` is of a node that redirect.to (redirect.conf:2) does "
            + "not name; it names imA, imB",
          "redirect.conf:2: node `imB` is named but not defined; expected a line "
            + "`redirect.to.imB.host = host[:port]`",
          "redirect.conf:4: `redirect.to.imC.weight` is of a node that redirect.to (redirect.conf:2) "
            + "does not name; it names imA, imB",
        ])
    #expect(
      complaints("redirect.to.imA.host = a") == [
        "redirect.conf:1: `redirect.to.imA.host` is of a node that redirect.to does not name; it is not set"
      ])
  }

  @Test(
    "bad values of nodes",
    arguments: [
      ("host = a b", "expected `host[:port]`, a name in ASCII, an IPv4 address or [IPv6 address]"),
      ("host = a:0", "expected `host[:port]`, a name in ASCII, an IPv4 address or [IPv6 address]"),
      (
        "host = é.example",
        "expected `host[:port]`, a name in ASCII, an IPv4 address or [IPv6 address]"
      ),
      ("usessl = maybe", "expected true, yes, on, false, no or off"),
      ("weight = 0", "expected a whole number from 1 to 1000"),
      ("weight = 1001", "expected a whole number from 1 to 1000"),
      ("weight = -1", "expected a whole number from 1 to 1000"),
      ("weight = +1", "expected a whole number from 1 to 1000"),
      ("weight = 99999999999999999999", "expected a whole number from 1 to 1000"),
      ("state = down", "expected one of active, drain"),
      (
        "directtls = x:y",
        "expected `host[:port]`, a name in ASCII, an IPv4 address or [IPv6 address]"
      ),
      (
        "websocket = a.example",
        "expected `wss://host[:port]/path` or `ws://host[:port]/path` in ASCII"
      ),
      (
        "websocket = wss://",
        "expected `wss://host[:port]/path` or `ws://host[:port]/path` in ASCII"
      ),
      (
        "bosh = wss://a/b",
        "expected `https://host[:port]/path` or `http://host[:port]/path` in ASCII"
      ),
      (
        "bosh = https://a/b c",
        "expected `https://host[:port]/path` or `http://host[:port]/path` in ASCII"
      ),
      ("internal = ", ""),
    ])
  func badValues(setting: String, expected: String) {
    let parts = setting.split(separator: " = ", maxSplits: 1)
    let host = parts[0] == "host" ? "" : "redirect.to.imA.host = a.example"
    let lines = complaints("redirect.to = imA\nredirect.to.imA.\(setting)\n\(host)")
    if expected.isEmpty {
      #expect(lines == [])
    } else {
      #expect(
        lines == ["redirect.conf:2: `redirect.to.imA.\(parts[0])` is `\(parts[1])`; \(expected)"])
    }
  }

  @Test(
    "names that are no nodes",
    arguments: [
      "a b", "7", "a/b", "é", "imA,,imB", ",", "imA, imA", String(repeating: "a", count: 65),
    ])
  func badNames(names: String) {
    let lines = complaints("redirect.to = \(names)")
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("redirect.conf:1: `redirect.to` is `"), "\(lines)")
  }

  @Test("when redirect.to is wrong, nodes are not complained about on its account")
  func noCascade() {
    let lines = complaints(
      "redirect.to = imA,\nredirect.to.imA.host = a\nredirect.to.imB.weight = x")
    #expect(lines.count == 2)
    #expect(lines[1].hasPrefix("redirect.conf:3: `redirect.to.imB.weight` is `x`; expected"))
  }

  @Test(
    "chains",
    arguments: [
      ("db", [.db]), ("db,peers,hash", [.db, .peers, .hash]),
      (" regex ,\troundrobin", [.regex, .roundrobin]),
      ("", [.db, .peers, .hash]),
    ] as [(String, [Provider])])
  func providers(text: String, chain: [Provider]) throws {
    #expect(try configuration("redirect.provider = \(text)").providers == chain)
  }

  @Test("providers that do not exist", arguments: ["com.example.Plugin", "db,", "db,db", "DB"])
  func noProviders(text: String) {
    let lines = complaints("redirect.provider = \(text)")
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("redirect.conf:1: `redirect.provider` is `\(text)`; expected "))
  }

  @Test("domains are kept in canonical form")
  func domains() throws {
    #expect(
      try configuration("domains = Example.COM., BÜCHER.example").domains.map(\.description)
        == ["example.com", "bücher.example"])
    let lines = complaints("domains = example.com, Example.com")
    #expect(lines.count == 1 && lines[0].hasPrefix("redirect.conf:1: `domains` is"))
    #expect(complaints("domains = a b")[0].contains("for `a b` a domain name ("))
  }

  @Test(
    "times and numbers out of their range",
    arguments: [
      ("limit.step = 5", "a time from 10ms to 10m, as 500ms, 2s, 1m or 1h"),
      ("limit.step = 9ms", "a time from 10ms to 10m, as 500ms, 2s, 1m or 1h"),
      ("limit.step = 1.5s", "a time from 10ms to 10m, as 500ms, 2s, 1m or 1h"),
      ("limit.step = 11m", "a time from 10ms to 10m, as 500ms, 2s, 1m or 1h"),
      ("limit.step = -1s", "a time from 10ms to 10m, as 500ms, 2s, 1m or 1h"),
      ("limit.total = 0", "a time from 10ms to 1h, as 500ms, 2s, 1m or 1h"),
      ("drain.delay = 99999999999999999999h", "a time from 0 to 1h, as 500ms, 2s, 1m or 1h"),
      ("drain.delay = 9223372036854775807h", "a time from 0 to 1h, as 500ms, 2s, 1m or 1h"),
      (
        "redirect.pollfrequency = 1ms",
        "a time from 10ms to 24h, as 500ms, 2s, 1m or 1h, or 0; a bare number is minutes"
      ),
      ("limit.bytes = 8k", "a whole number from 1024 to 16384"),
      ("limit.address.burst = 0", "a whole number from 1 to 10000000"),
      ("redirect.db.partitionsize = 0", "a whole number from 1 to 4294967295"),
      ("redirect.db.private = true", "one of off, copy"),
    ])
  func ranges(text: String, expected: String) {
    let parts = text.split(separator: " = ")
    #expect(
      complaints(text) == ["redirect.conf:1: `\(parts[0])` is `\(parts[1])`; expected \(expected)"])
  }
}

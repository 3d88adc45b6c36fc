import Shared
import Testing

/// Modes of listeners and domains, and what `auto` and `observe` need.
@Suite("Configuration: modes")
struct ConfigurationModeTests {
  static let nodes = """

    redirect.to = imA, imB
    redirect.to.imA.host = a.example
    redirect.to.imB.host = b.example
    """

  @Test("by default")
  func defaults() throws {
    let configuration = try configuration("listener.a.address = [::]:1")
    #expect(configuration.listeners[0].mode == configuration.mode)
    #expect(configuration.domainModes.isEmpty && configuration.observeNode == nil)
    #expect(configuration.auto.first == .relay)
    #expect(configuration.auto.window == .seconds(30))
    #expect(configuration.auto.forget == .seconds(86_400))
    #expect(configuration.auto.memory == 262_144)
    #expect(configuration.auto.followersPath == nil)
  }

  @Test("all that can be said")
  func everything() throws {
    let configuration = try configuration(
      """
      domains = example.com, BÜCHER.example
      redirect.mode = redirect
      listener.a.address = [::]:1
      listener.b.address = [::]:2
      listener.b.mode = observe
      domain.Bücher.example.mode = relay
      redirect.auto.first = redirect
      redirect.auto.window = 1s
      redirect.auto.forget = 168h
      redirect.auto.memory = 1024
      redirect.auto.followers = f
      redirect.observe.node = imB
      """ + Self.nodes)
    #expect(configuration.listeners.map(\.mode) == [.redirect, .observe])
    let domain = try Domain("bücher.example", profile: .nodeprep)
    #expect(configuration.domainModes == [domain: .relay])
    #expect(configuration.auto.first == .redirect)
    #expect(configuration.auto.window == .seconds(1))
    #expect(configuration.auto.forget == .seconds(7 * 86_400))
    #expect(configuration.auto.memory == 1024)
    #expect(configuration.auto.followersPath == "f")
    #expect(configuration.observeNode == 1)
  }

  @Test(
    "edges that cannot tell each other of clients",
    arguments: [
      ("", false), ("redirect.mode = redirect\n", false), ("redirect.mode = relay\n", false),
      ("listener.a.mode = redirect\n", false),
      (certificates, true), (certificates + "redirect.mode = redirect\n", false),
      (certificates + "redirect.mode = relay\nlistener.a.mode = auto\n", true),
      (certificates + "redirect.mode = relay\ndomain.example.com.mode = auto\n", true),
      (certificates + "redirect.hash.secret = s\n", false),
      ("redirect.peers = a:1\nredirect.peers.secret = s\n", false),
    ])
  func silences(lines: String, isSilent: Bool) throws {
    let silences = try configuration("listener.a.address = [::]:1\n" + lines).silences()
    #expect(silences.count == (isSilent ? 1 : 0))
    #expect(silences.allSatisfy { $0.description.contains("redirect.hash.secret = FILE") })
  }

  static let certificates = """
    redirect.peers = a:1
    redirect.peers.certificate = c
    redirect.peers.key = k
    redirect.peers.ca = a

    """

  @Test(
    "where anybody may be relayed",
    arguments: [
      ("redirect", "redirect", false), ("redirect", "auto", true), ("relay", "redirect", true),
      ("auto", "redirect", true),
    ])
  func mayRelay(listener: String, domain: String, may: Bool) throws {
    let configuration = try configuration(
      """
      listener.a.address = [::]:1
      listener.a.mode = \(listener)
      domain.example.com.mode = \(domain)
      """)
    #expect(configuration.mayRelay == may)
  }

  @Test(
    "what is wrong",
    arguments: [
      (
        "redirect.mode = send",
        "redirect.conf:1: `redirect.mode` is `send`; expected one of redirect, relay, auto, observe"
      ),
      (
        "redirect.auto.first = observe",
        "redirect.conf:1: `redirect.auto.first` is `observe`; expected one of relay, redirect"
      ),
      (
        "redirect.auto.window = 0",
        "redirect.conf:1: `redirect.auto.window` is `0`; expected a time from 1s to 1h, as 500ms, 2s, "
          + "1m or 1h"
      ),
      (
        "redirect.auto.memory = 1000",
        "redirect.conf:1: `redirect.auto.memory` is `1000`; expected a whole number from 1024 to "
          + "16777216"
      ),
      (
        "redirect.observe.node = imC",
        "redirect.conf:1: `redirect.observe.node` is `imC`; expected a node of redirect.to: imA, imB"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.mode = observe",
        "redirect.conf:2: mode `observe` relays everybody to one node, but none is named; expected a "
          + "line `redirect.observe.node = NAME`"
      ),
      (
        "redirect.mode = observe",
        "redirect.conf:1: mode `observe` relays everybody to one node, but none is named; expected a "
          + "line `redirect.observe.node = NAME`"
      ),
      (
        "domain.example.com.mode = observe\nredirect.observe.node = imC",
        "redirect.conf:2: `redirect.observe.node` is `imC`; expected a node of redirect.to: imA, imB"
      ),
      (
        "domains = example.com\ndomain.example.org.mode = auto",
        "redirect.conf:2: domain `example.org` has a mode, but is not hosted; expected one of "
          + "domains: example.com"
      ),
      (
        "domain.example.com.mode = auto\ndomain.Example.COM.mode = relay",
        "redirect.conf:2: domain `example.com` has a mode already; expected one"
      ),
    ])
  func wrong(text: String, complaint: String) {
    #expect(complaints(text + Self.nodes) == [complaint])
  }
}

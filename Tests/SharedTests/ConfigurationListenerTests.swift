import Shared
import Testing

/// Listeners, certificates, and what must hold between them and the nodes.
@Suite("Configuration: listeners")
struct ConfigurationListenerTests {
  @Test("a listener and all that can be said of it")
  func listener() throws {
    let listeners = try configuration(
      """
      listener.clients.address = [::]:5222
      listener.clients.clients = direct
      listener.tls.kind = directtls
      listener.tls.address = 0.0.0.0:5223
      listener.in-side_2.address = 127.0.0.1:5224
      listener.in-side_2.kind = plain
      listener.in-side_2.standsfor = directtls
      listener.in-side_2.proxy = required
      listener.in-side_2.proxy.from = 10.0.0.0/8, ::1
      listener.in-side_2.mode = redirect
      """
    ).listeners
    #expect(listeners.map(\.name) == ["clients", "tls", "in-side_2"])
    #expect(
      listeners.map(\.address.description) == ["[::]:5222", "0.0.0.0:5223", "127.0.0.1:5224"])
    #expect(listeners.map(\.kind) == [.starttls, .directtls, .plain])
    #expect(listeners.map(\.standsFor) == [.starttls, .directtls, .directtls])
    #expect(listeners.map(\.requiresProxy) == [false, false, true])
    #expect(listeners.map(\.clientsAreDirect) == [true, false, false])
    #expect(listeners.map(\.trustedNetworks.count) == [0, 0, 2])
    #expect(listeners.map(\.mode) == [.auto, .auto, .redirect])
  }

  @Test(
    "bad listeners",
    arguments: [
      (
        "listener.a.kind = plain",
        "redirect.conf:1: listener `a` has no address; expected a line "
          + "`listener.a.address = [::]:5222`"
      ),
      (
        "listener.a.address = localhost:5222",
        "redirect.conf:1: `listener.a.address` is `localhost:5222`; expected an IP address and a port, "
          + "as 0.0.0.0:5222 or [::]:5222"
      ),
      (
        "listener.a.address = 127.0.0.1",
        "redirect.conf:1: `listener.a.address` is `127.0.0.1`; expected an IP address and a port, as "
          + "0.0.0.0:5222 or [::]:5222"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.usessl = false",
        "redirect.conf:2: `listener.a.usessl` is of a starttls listener; expected it of a websocket or "
          + "bosh one only"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.kind = websocket\nlistener.a.standsfor = starttls",
        "redirect.conf:3: `listener.a.standsfor` is of a websocket listener; expected it of a plain one "
          + "only"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.kind = bosh\nlistener.a.mode = relay",
        "redirect.conf:3: `listener.a.mode` is `relay`, but clients of a bosh listener can only be "
          + "redirected; expected redirect, or no such line"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.kind = upstairs",
        "redirect.conf:2: `listener.a.kind` is `upstairs`; expected one of starttls, directtls, plain, "
          + "websocket, bosh"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.standsfor = directtls",
        "redirect.conf:2: `listener.a.standsfor` is of a starttls listener; expected it of a plain one "
          + "only"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.proxy = maybe",
        "redirect.conf:2: `listener.a.proxy` is `maybe`; expected one of off, required"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.proxy = required",
        "redirect.conf:2: `listener.a.proxy` is required, but nobody is trusted; expected a line "
          + "`listener.a.proxy.from = 10.0.0.0/8`"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.proxy.from = ::/0",
        "redirect.conf:2: `listener.a.proxy.from` names trusted networks, but no PROXY header is read; "
          + "expected `listener.a.proxy = required` with it"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.proxy = required\nlistener.a.proxy.from = ::/0\n"
          + "listener.a.clients = direct",
        "redirect.conf:2: `listener.a.proxy` is required, but `listener.a.clients` is direct; expected "
          + "one of the two"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.proxy = required\nlistener.a.proxy.from = 10.0.0.1/8",
        "redirect.conf:3: `listener.a.proxy.from` is `10.0.0.1/8`; expected for `10.0.0.1/8` a network "
          + "as 10.0.0.0/8 or 2001:db8::/32, without bits behind its length, or an IP address"
      ),
      (
        "listener.a.address = [::]:1\nlistener.a.mode = send",
        "redirect.conf:2: `listener.a.mode` is `send`; expected one of redirect, relay, auto, observe"
      ),
      (
        "listener.a.b.address = [::]:1",
        "redirect.conf:1: `a.b` in `listener.<name>.address` is no name; expected 1 to 64 letters, "
          + "digits, `-` and `_`"
      ),
      (
        "listener.a.address = [::]:1\nlistener.b.address = [::]:1",
        "redirect.conf:2: `[::]:1` is the address of listener `a` (redirect.conf:1) too; expected another"
      ),
    ])
  func bad(text: String, complaint: String) {
    #expect(complaints(text) == [complaint])
  }

  @Test("a node without an address for a listener's clients: both lines are named")
  func missingTargets() {
    let nodes = """
      redirect.to = imA, imB
      redirect.to.imA.host = a.example
      redirect.to.imB.host = b.example
      redirect.to.imB.usessl = true

      """
    #expect(complaints(nodes) == [])
    #expect(
      complaints(nodes + "listener.c.address = [::]:1\nlistener.c.kind = directtls") == [
        "redirect.conf:2: node `imA` has no address for the directtls clients of listener `c` "
          + "(redirect.conf:6); expected a line `redirect.to.imA.directtls = host[:port]`"
      ])
    #expect(
      complaints(nodes + "listener.c.address = [::]:1\nlistener.d.address = [::]:2") == [
        "redirect.conf:4: node `imB` has no address for the starttls clients of listener `c` "
          + "(redirect.conf:5); expected `redirect.to.imB.usessl = false` and a host that speaks STARTTLS"
      ])
    #expect(
      complaints(
        nodes
          + "listener.c.address = [::]:1\nlistener.c.kind = plain\nlistener.c.standsfor = directtls"
      ).count == 1)
    #expect(
      complaints(
        "redirect.to = imA\nredirect.to.imA.host = a\nredirect.to.imA.directtls = a\n"
          + "listener.c.address = [::]:1\nlistener.c.kind = directtls") == [])
  }

  @Test("certificates: the default first, then those of the domains")
  func certificates() throws {
    let certificates = try configuration(
      """
      tls.Second.example.certificate = s.pem
      tls.Second.example.key = s.key
      tls.certificate = d.pem
      tls.key = d.key
      tls.bücher.example.key = b.key
      tls.bücher.example.certificate = b.pem
      """
    ).certificates
    #expect(certificates.map(\.domain?.description) == [nil, "second.example", "bücher.example"])
    #expect(certificates.map(\.chain) == ["d.pem", "s.pem", "b.pem"])
    #expect(certificates.map(\.key) == ["d.key", "s.key", "b.key"])
  }

  @Test(
    "bad certificates",
    arguments: [
      (
        "tls.certificate = a",
        "redirect.conf:1: `tls.certificate` is alone; expected a line `tls.key = FILE` with it"
      ),
      (
        "tls.a.example.key = a",
        "redirect.conf:1: `tls.a.example.key` is alone; expected a line "
          + "`tls.a.example.certificate = FILE` with it"
      ),
      (
        "domains = a.example\ntls.b.example.key = k\ntls.b.example.certificate = c",
        "redirect.conf:3: domain `b.example` has a certificate, but is not hosted; expected one of "
          + "domains: a.example"
      ),
      (
        "tls.a.example.key = k\ntls.a.example.certificate = c\ntls.A.example.key = k\n"
          + "tls.A.example.certificate = c",
        "redirect.conf:4: the certificate of domain `a.example` is named already (redirect.conf:2); "
          + "expected one"
      ),
      ("tls.minimum = 1.1", "redirect.conf:1: `tls.minimum` is `1.1`; expected one of 1.2, 1.3"),
    ])
  func badCertificates(text: String, complaint: String) {
    #expect(complaints(text) == [complaint])
  }

  /// What keeps an edge from serving, a line each.
  private func missing(_ text: String) throws -> [String] {
    do {
      try configuration(text).requireServable()
      return []
    } catch let error as Complaints {
      return error.all.map(\.description)
    }
  }

  @Test("what an edge needs, and what no other program does")
  func servable() throws {
    #expect(
      try missing("") == [
        "redirect.conf: no node; expected `redirect.to = NAME` and its host",
        "redirect.conf: no listener; expected a line `listener.NAME.address = [::]:5222`",
      ])
    let nodes = "redirect.to = a\nredirect.to.a.host = a\nredirect.to.a.directtls = a\n"
    #expect(try missing(nodes + "listener.c.address = [::]:1\nlistener.c.kind = plain") == [])
    let starttls = nodes + "listener.c.address = [::]:1\n"
    #expect(
      try missing(starttls) == [
        "redirect.conf:4: listener `c` speaks TLS, but there is no certificate; expected lines "
          + "`tls.certificate = FILE` and `tls.key = FILE`"
      ])
    #expect(try missing(starttls + "tls.certificate = c\ntls.key = k") == [])
    let one = starttls + "tls.b.example.certificate = c\ntls.b.example.key = k\n"
    #expect(try missing(one) == [])
    #expect(try missing(one + "domains = b.example") == [])
    #expect(
      try missing(one + "domains = b.example, c.example") == [
        "redirect.conf:7: domain `c.example` has no certificate for listener `c` (redirect.conf:4); "
          + "expected `tls.c.example.certificate = FILE` and its key, or `tls.certificate` as the default"
      ])
  }
}

@Suite("Configuration.Network")
struct ConfigurationNetworkTests {
  private static let mapped: UInt64 = 0xffff_0000_0000

  @Test(
    "what belongs to a network",
    arguments: [
      ("10.0.0.0/8", 0, mapped | 0x0aff_ffff, true), ("10.0.0.0/8", 0, mapped | 0x0b00_0000, false),
      ("10.0.0.0/8", 0, 0x0a00_0001, false), ("192.0.2.7", 0, mapped | 0xc000_0207, true),
      ("192.0.2.7", 0, mapped | 0xc000_0206, false), ("0.0.0.0/0", 0, mapped | 0x0102_0304, true),
      ("0.0.0.0/0", 0x2001_0db8_0000_0000, 1, false), ("::/0", 0x2001_0db8_0000_0000, 1, true),
      ("::/0", 0, mapped | 1, true), ("::1", 0, 1, true), ("::1/128", 0, 2, false),
      ("2001:db8::/32", 0x2001_0db8_ffff_0000, 5, true),
      ("2001:db8::/32", 0x2001_0db9_0000_0000, 0, false),
      ("2001:db8:0:1::/64", 0x2001_0db8_0000_0001, 77, true),
      ("2001:db8:0:1::/64", 0x2001_0db8_0000_0002, 77, false),
      ("2001:db8::8000:0:0:0/65", 0x2001_0db8_0000_0000, 0x8000_0000_0000_0001, true),
      ("2001:db8::8000:0:0:0/65", 0x2001_0db8_0000_0000, 0x7000_0000_0000_0001, false),
      ("::ffff:10.1.0.0/112", 0, mapped | 0x0a01_0203, true),
      ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004, 0x0005_0006_0007_0008, true),
      ("1::8", 0x0001_0000_0000_0000, 8, true), ("1::", 0x0001_0000_0000_0000, 0, true),
      ("::2:3", 0, 0x0002_0003, true),
    ] as [(String, UInt64, UInt64, Bool)])
  func members(text: String, high: UInt64, low: UInt64, belongs: Bool) throws {
    let network = try #require(Configuration.Network(text))
    #expect(network.contains(high: high, low: low) == belongs)
  }

  @Test(
    "what is no network",
    arguments: [
      "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/+8", "10.0.0/8", "::/129",
      "::1/64",
      "2001:db8::1/32", "a.example", "[::1]", "10.0.0.0/8/8", "10.0.0.0 /8",
    ])
  func others(text: String) {
    #expect(Configuration.Network(text) == nil)
  }
}

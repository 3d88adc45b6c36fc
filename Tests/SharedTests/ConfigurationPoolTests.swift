import Shared
import Testing

@Suite("Keys of the pool: health and peers") struct ConfigurationPoolTests {
  private func complaints(_ text: String) -> [String] {
    do {
      _ = try Configuration(parsing: text, file: "redirect.conf")
      return []
    } catch {
      return error.all.map(\.description)
    }
  }

  @Test("defaults of health")
  func health() throws {
    let health = try Configuration(parsing: "", file: "redirect.conf").health
    #expect(health.steady == .seconds(1))
    #expect(health.changing == .milliseconds(500))
    #expect(health.timeout == .milliseconds(500))
    #expect(health.fall == 2)
    #expect(health.full == .seconds(30))
    #expect(health.isWatched)
    let off = try Configuration(parsing: "redirect.pollfrequency = 0", file: "redirect.conf")
    #expect(!off.health.isWatched)
  }

  @Test("what a node's internal port speaks")
  func security() throws {
    func security(_ lines: String) throws -> Configuration.Node.InternalSecurity? {
      try Configuration(
        parsing: "redirect.to = a\nredirect.to.a.host = a.example\n" + lines, file: "redirect.conf"
      ).nodes.first?.internalSecurity
    }
    #expect(try security("") == .starttls)
    #expect(try security("redirect.to.a.usessl = true") == .directtls)
    #expect(
      try security("redirect.to.a.usessl = true\nredirect.to.a.internal = 10.0.0.1:5222")
        == .starttls)
    #expect(try security("redirect.to.a.tls = plain") == .plain)
    #expect(
      complaints("redirect.to = a\nredirect.to.a.host = b\nredirect.to.a.tls = maybe") == [
        "redirect.conf:3: `redirect.to.a.tls` is `maybe`; expected one of starttls, directtls, plain"
      ])
  }

  @Test("peers need a proof, and one only")
  func proof() throws {
    let files =
      "redirect.peers.certificate = c\nredirect.peers.key = k\nredirect.peers.ca = a\n"
    let with = try Configuration(
      parsing: files + "redirect.peers = a:1, [::1]:2\nredirect.peers.listen = 0.0.0.0:3",
      file: "redirect.conf")
    #expect(with.peers.proof == .certificates(chain: "c", key: "k", authority: "a"))
    #expect(with.peers.addresses.map(\.description) == ["a:1", "[::1]:2"])
    #expect(try Configuration(parsing: files, file: "redirect.conf").peers.addresses.isEmpty)
    #expect(
      complaints("redirect.peers = a:1") == [
        "redirect.conf:1: peers without a proof of who they are; expected "
          + "`redirect.peers.certificate`, `.key` and `.ca`, or `redirect.peers.secret`"
      ])
    #expect(
      complaints("redirect.peers.key = k\nredirect.peers.secret = s") == [
        "redirect.conf:1: certificates and a secret for peers; expected one of the two"
      ])
    #expect(
      complaints("redirect.peers.key = k") == [
        "redirect.conf:1: peers' certificates are incomplete; expected "
          + "`redirect.peers.certificate` and `redirect.peers.ca` too"
      ])
    #expect(
      complaints("redirect.peers = edges") == [
        "redirect.conf:1: `redirect.peers` is `edges`; expected for `edges` `host:port`, the host a "
          + "name in ASCII, an IPv4 address or [IPv6 address]"
      ])
  }
}

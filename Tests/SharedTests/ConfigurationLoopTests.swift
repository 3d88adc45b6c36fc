import Shared
import Testing

/// Targets that would send clients round for ever.
@Suite("Configuration: loops")
struct ConfigurationLoopTests {
  @Test(
    "a target that is the edge's own listener: both lines are named",
    arguments: ["host", "directtls", "internal"])
  func loops(key: String) {
    let host = key == "host" ? "" : "redirect.to.imA.host = 192.0.2.1:5222"
    let text = """
      redirect.to = imA
      redirect.to.imA.\(key) = [2001:DB8::1]:5222
      listener.c.address = [2001:db8::1]:5222
      \(host)
      """
    #expect(
      complaints(text) == [
        "redirect.conf:2: `redirect.to.imA.\(key)` is `[2001:db8::1]:5222`, the edge's own listener `c` "
          + "(redirect.conf:3); expected the node's address"
      ])
    #expect(complaints(text.replacing("address = [2001:db8::1]", with: "address = [::]")) == [])
    #expect(complaints(text.replacing("db8::1]:5222", with: "db8::1]:5223")) == [])
  }

  @Test("URLs are looked at, too", arguments: ["websocket", "internalwebsocket", "bosh"])
  func webLoops(key: String) {
    let scheme = key == "bosh" ? "https" : "wss"
    let text = """
      redirect.to = imA
      redirect.to.imA.host = 192.0.2.1:5222
      redirect.to.imA.\(key) = \(scheme)://[2001:DB8::1]/ws
      listener.c.address = [2001:db8::1]:443
      """
    #expect(
      complaints(text) == [
        "redirect.conf:3: `redirect.to.imA.\(key)` is `[2001:db8::1]:443`, the edge's own listener `c` "
          + "(redirect.conf:4); expected the node's address"
      ])
    #expect(complaints(text.replacing("1]/ws", with: "1]:444/ws")) == [])
  }

  @Test("a listener on all addresses serves those of the machine")
  func localLoops() throws {
    let text = """
      redirect.to = imA, imB
      redirect.to.imA.host = 192.0.2.1:5222
      redirect.to.imB.host = 192.0.2.2:5222
      redirect.to.imB.directtls = 192.0.2.2:5223
      listener.c.address = [::]:5222
      listener.c.kind = plain
      """
    let configuration = try configuration(text)
    #expect(throws: Never.self) { try configuration.requireServable() }
    #expect(throws: Never.self) { try configuration.requireServable { $0.host == "192.0.2.3" } }
    do {
      try configuration.requireServable { $0.host == "192.0.2.2" }
      Issue.record("a loop is taken")
    } catch {
      #expect(
        error.all.map(\.description) == [
          "redirect.conf:3: `redirect.to.imB.host` is `192.0.2.2:5222`, the edge's own listener `c` "
            + "(redirect.conf:5); expected the node's address"
        ])
    }
  }
}

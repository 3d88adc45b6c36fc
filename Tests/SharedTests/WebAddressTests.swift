import Shared
import Testing

/// URLs of nodes, and the listeners whose clients are told them.
@Suite("Web addresses") struct WebAddressTests {
  @Test(
    "parts of a URL",
    arguments: [
      ("wss://a.example/ws", true, "a.example:443", "/ws"),
      ("ws://a.example", false, "a.example:80", "/"),
      ("ws://[2001:DB8::1]:5280?x=/y", false, "[2001:db8::1]:5280", "/?x=/y"),
      ("wss://A.example:5281/a/b?c", true, "a.example:5281", "/a/b?c"),
    ])
  func parts(text: String, isSecure: Bool, hostPort: String, path: String) throws {
    let address = try #require(WebAddress(text, schemes: ["wss://", "ws://"]))
    #expect(address.description == text)
    #expect(address.isSecure == isSecure)
    #expect(address.hostPort.description == hostPort)
    #expect(address.path == path)
  }

  @Test(
    "what is no URL of these schemes",
    arguments: [
      "", "ws:", "ws://", "http://a", "WS://a", "ws://a b", "ws://a/#b", "ws://é", "ws://a:0/",
      "ws://u@a/", "ws:///x", "ws://2001:db8::1/",
    ])
  func none(text: String) {
    #expect(WebAddress(text, schemes: ["wss://", "ws://"]) == nil)
  }

  private static func text(_ listener: String, _ node: String) -> String {
    """
    redirect.to = imA
    redirect.to.imA.host = a.example
    listener.w.address = [::]:5281
    \(listener)
    \(node)
    """
  }

  @Test("listeners and the URLs they need")
  func needs() {
    #expect(
      complaints(Self.text("listener.w.kind = websocket\nlistener.w.mode = redirect", "")) == [
        "redirect.conf:2: node `imA` has no address for the websocket clients of listener `w` "
          + "(redirect.conf:4); expected a line `redirect.to.imA.websocket = wss://host/path`"
      ])
    #expect(
      complaints(Self.text("listener.w.kind = bosh", "")) == [
        "redirect.conf:2: node `imA` has no address for the bosh clients of listener `w` "
          + "(redirect.conf:4); expected a line `redirect.to.imA.bosh = https://host/path`"
      ])
    #expect(
      complaints(Self.text("listener.w.kind = websocket\nlistener.w.mode = relay", "")) == [
        "redirect.conf:2: node `imA` has no WebSocket for the clients of listener `w` "
          + "(redirect.conf:4); expected a line `redirect.to.imA.internalwebsocket = ws://host/path`"
      ])
    #expect(
      complaints(
        Self.text(
          "listener.w.kind = websocket\nlistener.w.mode = relay",
          "redirect.to.imA.internalwebsocket = ws://10.0.0.1/ws")) == [])
  }

  @Test("nobody who came by TLS is told a URL without")
  func downgrades() {
    let websocket = Self.text(
      "listener.w.kind = websocket\nlistener.w.mode = redirect",
      "redirect.to.imA.websocket = ws://a.example/ws")
    #expect(
      complaints(websocket) == [
        "redirect.conf:6: `redirect.to.imA.websocket` is `ws://a.example/ws`, but the clients of listener "
          + "`w` (redirect.conf:4) come by TLS; expected wss://"
      ])
    #expect(complaints(websocket + "\nlistener.w.usessl = false") == [])
    #expect(complaints(websocket.replacing("redirect\n", with: "relay\n")) == [])
    #expect(
      complaints(
        Self.text("listener.w.kind = bosh", "redirect.to.imA.bosh = http://a.example/b")) == [
          "redirect.conf:5: `redirect.to.imA.bosh` is `http://a.example/b`, but the clients of listener "
            + "`w` (redirect.conf:4) come by TLS; expected https://"
        ])
  }
}

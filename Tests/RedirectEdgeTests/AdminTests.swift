import Shared
import Testing

@testable import RedirectEdge

@Suite struct AdminRequestTests {
  @Test(
    arguments: [
      ("GET", "/livez", .live), ("HEAD", "/readyz?verbose", .ready), ("GET", "/v1/nodes", .nodes),
      ("POST", "/v1/nodes/im1/drain", .drain("im1")),
      ("POST", "/v1/nodes/im-1.a_b/activate?now", .activate("im-1.a_b")),
      ("GET", "/metrics", .metrics), ("GET", "/v1/map", .map), ("POST", "/v1/refresh", .refresh),
      ("GET", "/v1/where?user=a%40b", .place(user: "a@b")),
      ("HEAD", "/v1/where?x&user=%C3%A9@b%26c&user=d", .place(user: "é@b&c")),
    ] as [(String, String, AdminRequest)])
  func requests(method: String, target: String, request: AdminRequest) throws {
    #expect(try AdminRequest(method: method, target: target) == request)
  }

  @Test(arguments: [
    "/", "", "*", "/livez/", "/v1", "/v1/nodes/", "/v1/nodes/im1", "/v1/nodes/im1/stop",
    "/v1/nodes/im1/drain/now", "//v1/nodes", "/v2/nodes", "http://edge/livez",
  ])
  func others(target: String) {
    #expect(throws: AdminRequest.Fault.notFound) {
      try AdminRequest(method: "GET", target: target)
    }
  }

  @Test(arguments: [
    "", "?", "?user", "?user=", "?user=%", "?user=%4", "?user=%g0", "?user=%ff", "?User=a",
  ])
  func nobodyIsAskedFor(query: String) {
    #expect(throws: AdminRequest.Fault.noUser) {
      try AdminRequest(method: "GET", target: "/v1/where" + query)
    }
  }

  @Test func methods() {
    #expect(throws: AdminRequest.Fault.wrongMethod(allow: "POST")) {
      try AdminRequest(method: "GET", target: "/v1/refresh")
    }
    #expect(throws: AdminRequest.Fault.wrongMethod(allow: "POST")) {
      try AdminRequest(method: "GET", target: "/v1/nodes/im1/drain")
    }
    #expect(throws: AdminRequest.Fault.wrongMethod(allow: "GET, HEAD")) {
      try AdminRequest(method: "POST", target: "/v1/nodes")
    }
  }
}

@Suite struct LocalAddressesTests {
  @Test(arguments: [
    ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("192.0.2.1:1", false),
    ("[2001:db8::1]:1", false), ("localhost:1", false),
  ])
  func addresses(text: String, isLocal: Bool) throws {
    let address = try #require(HostPort(text, defaultPort: nil))
    #expect(LocalAddresses().contain(address) == isLocal)
  }
}

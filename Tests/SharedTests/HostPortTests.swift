import Shared
import Testing

@Suite("HostPort")
struct HostPortTests {
  @Test(
    "always says the port",
    arguments: [
      ("im1.example", "im1.example:5222"),
      ("im1.example:443", "im1.example:443"),
      ("IM1.Example:5223", "im1.example:5223"),
      ("im_1:1", "im_1:1"),
      ("im1.example.:65535", "im1.example.:65535"),
      ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example:5222"),
      ("192.0.2.1", "192.0.2.1:5222"),
      ("[::]:80", "[::]:80"),
      ("[::1]", "[::1]:5222"),
      ("[2001:41D0:1:A49b::1]:9222", "[2001:41d0:1:a49b::1]:9222"),
      ("[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]:5222"),
      ("[::ffff:192.0.2.1]:5222", "[::ffff:192.0.2.1]:5222"),
      ("[1:2:3:4:5:6:192.0.2.1]", "[1:2:3:4:5:6:192.0.2.1]:5222"),
      ("[1::]", "[1::]:5222"),
    ])
  func reads(text: String, written: String) throws {
    let host = try #require(HostPort(text, defaultPort: 5222))
    #expect(host.description == written)
    #expect(HostPort(written, defaultPort: nil) == host, "what it writes, it reads")
  }

  @Test(
    "refuses what is no address",
    arguments: [
      "", ":", ":5222", "a:", "a:0", "a:65536", "a:+1", "a: 1", "a:1:2", "::1", "::1:5222", "[::1",
      "::1]", "[]", "[]:1", "[::1]5222", "[::1]:", "[a]", "[192.0.2.1]", "[::1%eth0]", "[1::2::3]",
      "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7::8]", "[12345::]", "[:1]", "[1:]",
      "[:::]", "[::1:192.0.2]", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4.", "a.1",
      "5222", "a b", " a", "a/", "-a", "a-", "a..b", ".a", ".", "*", "münchen.example", "a\u{301}",
      "a\n", "[::1]\u{301}:5", "a:٣",
    ])
  func refuses(text: String) {
    #expect(HostPort(text, defaultPort: 5222) == nil)
  }

  @Test("a missing port needs a default")
  func missingPort() {
    #expect(HostPort("a", defaultPort: nil) == nil)
    #expect(HostPort("[::1]", defaultPort: nil) == nil)
    #expect(HostPort("a", defaultPort: 0) == nil)
    #expect(HostPort("a:1", defaultPort: nil)?.port == 1)
    #expect(HostPort("[::1]:1", defaultPort: nil)?.host == "::1")
  }

  @Test("labels and names have the lengths of RFC 1035")
  func lengths() {
    let label = String(repeating: "a", count: 63)
    #expect(HostPort(label, defaultPort: 1) != nil)
    #expect(HostPort(label + "a", defaultPort: 1) == nil)
    let name = "\(label).\(label).\(label).\(label.dropLast(2))"
    #expect(HostPort(name, defaultPort: 1) != nil)
    #expect(HostPort(name + "a", defaultPort: 1) == nil)
  }
}

import Glibc
import Shared
import Testing

@Suite("ConfigurationReference")
struct ConfigurationReferenceTests {
  private static let path: String = {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    return root.joined(separator: "/") + "/docs/configuration.md"
  }()

  @Test("docs/configuration.md says what the keys say")
  func page() throws {
    let page = ConfigurationReference.markdown()
    if getenv("WRITE_DOCS") != nil {
      let file = try #require(fopen(Self.path, "w"))
      fputs(page, file)
      fclose(file)
    }
    var written: [UInt8] = []
    let file = try #require(fopen(Self.path, "r"), "\(Self.path)")
    while case let byte = fgetc(file), byte != EOF { written.append(UInt8(byte)) }
    fclose(file)
    let isSame = String(decoding: written, as: UTF8.self) == page
    #expect(isSame, "write it anew: WRITE_DOCS=1 swift test --filter ConfigurationReference")
  }

  @Test("each key is told once, with default and example")
  func keys() {
    let page = ConfigurationReference.markdown()
    let names = ConfigurationKey.all.map(\.name)
    #expect(Set(names).count == names.count)
    for key in ConfigurationKey.all {
      #expect(page.split(separator: "\n").count { $0 == "### `\(key.name)`" } == 1, "\(key.name)")
      #expect(key.meaning.hasSuffix("."), "\(key.name)")
    }
  }

  @Test("each key of the promised table is there")
  func promised() {
    let names = Set(ConfigurationKey.all.map(\.name))
    for name in [
      "redirect.provider", "redirect.to", "redirect.to.<node>.host", "redirect.to.<node>.usessl",
      "redirect.to.<node>.directtls", "redirect.to.<node>.websocket", "redirect.to.<node>.bosh",
      "redirect.to.<node>.internal", "redirect.to.<node>.weight", "redirect.to.<node>.state",
      "redirect.db.users", "redirect.db.partitions", "redirect.db.partitionsize",
      "redirect.roundrobin.partitions", "redirect.regex.rules", "redirect.hash.secret",
      "redirect.pollfrequency", "redirect.peers", "redirect.mode", "domain.<domain>.mode",
      "redirect.auto.first",
      "redirect.cover", "redirect.early", "domains",
    ] {
      #expect(names.contains(name), "\(name)")
    }
  }

  /// What an example needs beside it.
  private static let company: [String: String] = [
    "redirect.to": "redirect.to.imA.host = a.example\nredirect.to.imB.host = b.example",
    "redirect.to.<node>.host": "redirect.to = imA",
    "redirect.observe.node":
      "redirect.to = imA, imB\nredirect.to.imA.host = a.example\nredirect.to.imB.host = b.example",
    "listener.<name>.address": "",
    "listener.<name>.usessl": "listener.web.address = [::]:5281\nlistener.web.kind = websocket",
    "listener.<name>.standsfor":
      "listener.inside.address = [::]:5222\nlistener.inside.kind = plain",
    "listener.<name>.proxy":
      "listener.clients.address = [::]:5222\nlistener.clients.proxy.from = 10.0.0.0/8",
    "listener.<name>.proxy.from":
      "listener.clients.address = [::]:5222\nlistener.clients.proxy = required",
    "redirect.peers": "redirect.peers.secret = s",
    "redirect.peers.listen": "redirect.peers.secret = s",
    "redirect.peers.certificate": "redirect.peers.key = k\nredirect.peers.ca = a",
    "redirect.peers.key": "redirect.peers.certificate = c\nredirect.peers.ca = a",
    "redirect.peers.ca": "redirect.peers.certificate = c\nredirect.peers.key = k",
    "redirect.plugin.<name>.config": "redirect.provider = ./department.so",
    "tls.certificate": "tls.key = k", "tls.key": "tls.certificate = c",
    "tls.<domain>.certificate": "tls.example.org.key = k",
    "tls.<domain>.key": "tls.example.org.certificate = c",
  ]

  @Test("each example is right, and is an example of its key", arguments: ConfigurationKey.all)
  func example(key: ConfigurationKey) {
    var company = Self.company[key.name] ?? ""
    if company.isEmpty, key.name.hasPrefix("redirect.to.<node>.") {
      company = "redirect.to = imA\nredirect.to.imA.host = a.example"
    }
    if company.isEmpty, key.name.hasPrefix("listener."), key.name != "listener.<name>.address" {
      company = "listener.clients.address = [::]:5222"
    }
    #expect(complaints(key.example + "\n" + company) == [])
    let written = key.example.split(separator: "=")[0].filter { $0 != " " }
    let ends = key.name.split(separator: "<")[0]
    #expect(written.hasPrefix(ends), "\(key.example)")
    // A key that is misspelt in its example would still be some other key.
    #expect(complaints("iim_server.\(key.example)\n\(key.example)\n\(company)").count == 1)
  }

  @Test("the page's own example can be served")
  func session() throws {
    let parts = ConfigurationReference.markdown().split(separator: "```\n")
    try configuration(String(parts[1])).requireServable()
  }
}

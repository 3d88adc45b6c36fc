import Shared
import Testing

@testable import Conversation

@Suite("Secrets")
struct SecretTests {
  @Test(
    "A password is wiped before the call that read it returns",
    arguments: [
      Cast.auth("PLAIN", "\0alice\0a secret of some length"),
      Cast.auth("PLAIN", "\0a b\0a secret of some length"),
      Cast.auth("PLAIN", "\0alice\0a secret of some length").replacing("</", with: "!</"),
      Cast.authenticate("PLAIN", "\0alice\0a secret of some length"),
    ], [false, true])
  func wiped(_ login: String, concealsUsers: Bool) {
    var workspace = Workspace()
    var conversation = Conversation(security: .plain)
    let input = Array((Cast.header() + login).utf8)
    _ = conversation.receive(
      input.span, setup: Setup(domains: [Cast.domain], concealsUsers: concealsUsers), random: 1,
      workspace: &workspace)
    #expect(workspace.message.isEmpty)
    // The buffer itself, beyond its count.
    workspace.message.append(0)
    let left = workspace.message.withUnsafeBufferPointer { buffer in
      String(
        decoding: UnsafeRawBufferPointer(start: buffer.baseAddress, count: input.count),
        as: UTF8.self)
    }
    #expect(!left.contains("secret") && !left.contains("some"))
    for buffer in [workspace.output, workspace.user, workspace.name, workspace.domain] {
      #expect(!String(decoding: buffer, as: UTF8.self).contains("secret"))
    }
  }
}

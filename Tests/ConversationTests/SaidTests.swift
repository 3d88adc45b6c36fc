import Shared
import Testing

@testable import Conversation

/// What is kept of a client that may be relayed: all that a node must hear, and nothing longer than that.
@Suite("What a client has said") struct SaidTests {
  static let setup = Setup(domains: [Cast.domain], mayRelay: true)
  static let header = Cast.header().replacing("<?xml version='1.0'?>", with: "")

  static func conversation(
    _ security: Security, _ setup: Setup, _ texts: [String], cut: Int = 0
  ) -> (said: Said, action: Conversation.Action, rest: String) {
    var conversation = Conversation(security: security)
    var workspace = Workspace()
    var action = Conversation.Action.read
    var rest: [UInt8] = []
    for text in texts {
      if action == .startTLS {
        conversation.secured()
        action = .read
      }
      let bytes = Array(text.utf8)
      let place = min(cut, bytes.count)
      for piece in [bytes[..<place], bytes[place...]] {
        rest += piece
        guard action == .read else { continue }
        let step = conversation.receive(
          rest.span, setup: setup, random: 1, workspace: &workspace)
        rest.removeFirst(step.consumed)
        action = step.action
      }
    }
    return (conversation.takeSaid(), action, String(decoding: rest, as: UTF8.self))
  }

  static func logins(_ said: Said) -> [String] {
    said.login.map { String(decoding: $0, as: UTF8.self) }
  }

  static let plain = Cast.auth("PLAIN", "\0alice\0secret")

  @Test(
    arguments: [
      [plain], [Cast.auth("SCRAM-SHA-1", LoginPlays.scram)],
      [Cast.authenticate("PLAIN", "\0alice\0secret")],
      [Cast.auth("PLAIN", nil), Cast.response("\0alice\0secret")],
    ])
  func theLoginWordForWord(login: [String]) {
    let text = Cast.header() + login.joined()
    for cut in 0...text.utf8.count {
      let (said, action, rest) = Self.conversation(.plain, Self.setup, [text + "<next/>"], cut: cut)
      #expect(action == .identified)
      #expect(String(decoding: said.header, as: UTF8.self) == Self.header)
      #expect(Self.logins(said) == login)
      #expect(said.isModern)
      #expect(rest == "<next/>")
    }
  }

  /// The stream before TLS is another one.
  @Test func onlyTheLastStreamCounts() {
    let (said, action, _) = Self.conversation(
      .starttls, Self.setup,
      [
        Cast.header(from: "mallory@a.example"), Cast.startTLS, Cast.header(from: "alice@a.example"),
      ])
    #expect(action == .identified)
    #expect(Self.logins(said) == [])
    #expect(String(decoding: said.header, as: UTF8.self).contains("alice"))
  }

  /// An answer to a name in the clear would have the client log in there.
  @Test func nobodyIsRelayedInTheClear() {
    let early = Setup(domains: [Cast.domain], early: true)
    let both = Setup(domains: [Cast.domain], early: true, mayRelay: true)
    let header = [Cast.header(from: "alice@a.example")]
    #expect(Self.conversation(.starttls, early, header).action == .identified)
    #expect(Self.conversation(.starttls, both, header).action == .read)
  }

  @Test func attemptsThatWereRefusedAreForgotten() {
    let (said, action, _) = Self.conversation(
      .plain, Self.setup,
      [
        Cast.header(), Cast.auth("PLAIN", "\0\0secret"), Cast.auth("PLAIN", nil),
        "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", Self.plain,
      ])
    #expect(action == .identified)
    #expect(Self.logins(said) == [Self.plain])
  }

  @Test(
    arguments: [
      [Cast.auth("PLAIN", "\0\0secret")], [Cast.response("\0alice\0secret")],
      [Cast.auth("PLAIN", nil), Cast.response("\0\0secret")],
    ])
  func nothingOfARefusedAttemptIsKept(attempt: [String]) {
    let (said, action, _) = Self.conversation(.plain, Self.setup, [Cast.header()] + attempt)
    #expect(action == .read)
    #expect(said.login.isEmpty)
  }

  @Test func whereNobodyIsRelayedNothingIsKept() {
    let (said, action, _) = Self.conversation(
      .plain, Setup(domains: [Cast.domain]), [Cast.header() + Self.plain])
    #expect(action == .identified)
    #expect(said.header.isEmpty && said.login.isEmpty)
  }

  @Test func clientsBefore1AreKnownAsSuch() {
    let (said, action, _) = Self.conversation(
      .plain, Self.setup,
      [Cast.header(version: nil) + LoginPlays.query("set", LoginPlays.username)])
    #expect(action == .identified)
    #expect(!said.isModern && said.login.count == 1)
  }

  @Test func forgettingWipes() {
    var said = Said()
    said.login = [Array(Self.plain.utf8), Array("<response/>".utf8)]
    said.wipe()
    #expect(said.login.isEmpty)
  }
}

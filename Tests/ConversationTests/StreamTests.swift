import Conversation
import Shared
import Testing

@Suite("Streams, cut at every byte")
struct StreamTests {
  @Test(arguments: StreamPlays.security) func security(_ play: Play) { play.performCutEverywhere() }
  @Test(arguments: StreamPlays.addressing) func addressing(_ play: Play) {
    play.performCutEverywhere()
  }
  @Test(arguments: StreamPlays.form) func form(_ play: Play) { play.performCutEverywhere() }
  @Test(arguments: StreamPlays.ends) func ends(_ play: Play) { play.performCutEverywhere() }

  @Test(
    "What was smuggled in behind <starttls/> ends the stream",
    arguments: [
      "<", " <", "x", Cast.header(from: "mallory@a.example"), "\u{16}\u{3}\u{1}", Cast.startTLS,
    ])
  func injection(_ smuggled: String) {
    Play(
      "injection", over: .starttls,
      .client(Cast.header()),
      .edge(Cast.tlsOffered),
      .client(Cast.startTLS + smuggled),
      .edge(Cast.error("policy-violation")), .closes
    ).perform(.whole)
  }

  /// Against RFC 6120 section 5.3.3, but go-xmpp does it; it is dropped.
  @Test("White space behind <starttls/> does not matter", arguments: [" ", "\n", "\r\n\t "])
  func spaceBehindStartTLS(_ space: String) {
    var stage = Stage(.starttls, StreamPlays.two)
    stage.send(Array(Cast.header(to: "b.example").utf8))
    stage.send(Array((Cast.startTLS + space).utf8))
    stage.secure()
    #expect(stage.domain == "b.example")
  }

  @Test("The domain chooses the certificate once it is known")
  func domain() {
    var stage = Stage(.starttls, StreamPlays.two)
    stage.send(Array("<?xml version='1.0'?>".utf8))
    #expect(stage.domain == "")
    stage.send(Array(Cast.header(to: "B.example").utf8.dropFirst(21)))
    #expect(stage.domain == "b.example")
    stage.send(Array(Cast.startTLS.utf8))
    stage.secure()
    #expect(stage.domain == "b.example")
  }

  @Test("Streams of the same unhosted domain keep their own")
  func anyDomain() {
    var workspace = Workspace()
    var first = Conversation(security: .plain)
    var second = Conversation(security: .plain)
    let (one, two) = (
      Array(Cast.header(to: "one.example").utf8), Array(Cast.header(to: "two.example").utf8)
    )
    _ = first.receive(one.span, setup: StreamPlays.any, random: 1, workspace: &workspace)
    _ = second.receive(two.span, setup: StreamPlays.any, random: 1, workspace: &workspace)
    #expect(first.domain == Array("one.example".utf8))
    #expect(second.domain == Array("two.example".utf8))
  }

  @Test("A connection that waits is small")
  func size() {
    #expect(MemoryLayout<Conversation>.size <= 96)
  }

  @Test("Every stream error has the name that RFC 6120 gives it", arguments: StreamError.allCases)
  func names(_ error: StreamError) {
    Play(
      "\(error)", .client(StreamPlays.named), .fail(error),
      .edge(Cast.ours() + Cast.error(error.rawValue))
    ).perform(.whole)
  }
}

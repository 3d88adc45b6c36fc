import Routing
import Shared
import Testing

@testable import RedirectEdge

/// What is known of nodes outlives configurations.
@Suite struct NodeRegistryTests {
  static func nodes(_ lines: String) throws -> [Configuration.Node] {
    try Configuration(parsing: lines, file: "test").nodes
  }

  static let two = """
    redirect.to = im1, im2
    redirect.to.im1.host = 127.0.0.1:5222
    redirect.to.im2.host = 127.0.0.2:5222
    """

  @Test func theSameNodeKeepsItsState() throws {
    let registry = NodeRegistry()
    let first = registry.states(of: try Self.nodes(Self.two))
    let again = registry.states(
      of: try Self.nodes(
        """
        redirect.to = im2, im1
        redirect.to.im1.host = 127.0.0.1:5222
        redirect.to.im1.weight = 7
        redirect.to.im1.state = drain
        redirect.to.im2.host = 192.0.2.1:5222
        redirect.to.im2.internal = 127.0.0.2:5222
        """))
    #expect(again[0] === first[1])
    #expect(again[1] === first[0])
  }

  /// What was known of it is known of something else.
  @Test(
    arguments: [
      "redirect.to.im1.host = 127.0.0.9:5222", "redirect.to.im1.host = 127.0.0.1:5223",
      "redirect.to.im1.host = 127.0.0.1:5222\nredirect.to.im1.tls = plain",
      "redirect.to.im1.host = 127.0.0.1:5222\nredirect.to.im1.usessl = true",
      "redirect.to.im1.host = 127.0.0.1:5222\nredirect.to.im1.internal = 127.0.0.7:5222",
    ])
  func anotherAddressIsAnotherNode(_ line: String) throws {
    let registry = NodeRegistry()
    let first = registry.states(of: try Self.nodes(Self.two))
    let other = registry.states(of: try Self.nodes("redirect.to = im1\n\(line)"))
    #expect(other[0] !== first[0])
    // And back: what was known is known again.
    #expect(registry.states(of: try Self.nodes(Self.two))[0] === first[0])
  }

  @Test func whatProbesSayAndWhatPeopleWantAreTwoThings() throws {
    let state = NodeRegistry().states(of: try Self.nodes(Self.two))[0]
    #expect(state.share == .all && state.isUp)
    state.isDrained = true
    #expect(state.share == .none && state.isUp)
    state.publish(.none)
    state.isDrained = false
    #expect(state.share == .none && !state.isUp)
    state.publish(Share(parts: 100))
    #expect(state.share.parts == 100 && state.isUp)
  }

  /// Many clients that come back are one suspicion.
  @Test func aSuspicionIsTakenOnce() throws {
    let state = NodeRegistry().states(of: try Self.nodes(Self.two))[0]
    #expect(!state.takeSuspicion())
    #expect(state.suspect())
    #expect(!state.suspect())
    #expect(state.takeSuspicion())
    #expect(!state.takeSuspicion())
    #expect(state.suspect())
  }
}

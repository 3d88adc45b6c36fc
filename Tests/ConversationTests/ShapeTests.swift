import Conversation
import Shared
import Testing

/// What a client does, told apart from who it is.
@Suite struct ShapeTests {
  /// What an edge knows of a client when it has named its user.
  struct Impression: Equatable {
    var text = ""
    var hash: UInt64 = 0
    var looks: UInt64 = 0
    var isFollower = false
  }

  /// A line of a client's side.
  enum Line {
    case says(String)
    /// STARTTLS or direct TLS comes up.
    case tls(Hello)
  }

  static let header =
    "<?xml version='1.0'?><stream:stream to='a.example' version='1.0' "
    + "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
  static let headerShape =
    "<?xml_version='1.0'?>;header=to',version',xmlns',xmlns:stream'"
  static let scram = Cast.auth("SCRAM-SHA-256", "n,,n=alice,r=abc")

  static func impression(
    _ lines: [Line], over security: Security = .plain, cut: Cut = .whole,
    followers: Followers = .shipped, isSpelt: Bool = true
  ) -> Impression {
    let setup = Setup(domains: [Cast.domain, Cast.other], followers: followers)
    var conversation = Conversation(security: security, spellsShape: isSpelt)
    var workspace = Workspace()
    var pending: [UInt8] = []
    for line in lines {
      switch line {
      case .tls(let hello):
        conversation.secured()
        conversation.shookHands(hello)
        pending = []
      case .says(let text):
        for piece in cut.pieces(Array(text.utf8)) {
          pending += piece
          let step = conversation.receive(
            pending.span, setup: setup, random: 1, workspace: &workspace)
          pending.removeFirst(step.consumed)
        }
      }
    }
    return Impression(
      text: String(decoding: conversation.shape.text, as: UTF8.self),
      hash: conversation.shape.hash, looks: conversation.looks,
      isFollower: conversation.isFollower(followers))
  }

  static func header(_ attributes: String) -> String {
    "<stream:stream\(attributes) xmlns='jabber:client' "
      + "xmlns:stream='http://etherx.jabber.org/streams'>"
  }

  @Test(
    "what is seen of a client",
    arguments: [
      ([.says(header + scram)], .plain, headerShape + ";auth=SCRAM-SHA-256"),
      (
        [
          .says(header), .says(Cast.startTLS),
          .tls(Hello(hasServerName: true, hasProtocol: false)), .says(header),
          .says(Cast.auth("PLAIN", nil)), .says(Cast.response("\0alice\0pw")),
        ], .starttls,
        "\(headerShape);starttls;tls=sni;\(headerShape);auth=PLAIN;response"
      ),
      (
        [
          .says("\u{16}\u{3}"), .tls(Hello(hasServerName: true, hasProtocol: true)),
          .says(header(" from=\"alice@a.example\"  to = 'a.example'\nversion='1.1'")),
        ], .starttls,
        "tls=sni,alpn;header=from\",~to',~version=1.1',xmlns',xmlns:stream'"
      ),
      (
        [
          .tls(Hello(hasServerName: false, hasProtocol: false)),
          .says(
            header(" to='a.example' version='1.0'")
              + Cast.authenticate("SCRAM-SHA-1", "n,,n=alice,r=abc")),
        ], .starttls, "tls=;header=to',version',xmlns',xmlns:stream';auth2=SCRAM-SHA-1"
      ),
      (
        [
          .says(
            header(" to='a.example'")
              + "<iq type='get' id='1'><query xmlns='jabber:iq:auth'/></iq>"
              + "<iq type='set' id='2'><query xmlns='jabber:iq:auth'><username>alice</username>"
              + "</query></iq>")
        ], .plain, "header=to',xmlns',xmlns:stream';iq;iq"
      ),
    ] as [([Line], Security, String)])
  func seen(lines: [Line], security: Security, shape: String) {
    let whole = Self.impression(lines, over: security)
    #expect(whole.text == shape)
    #expect(whole.hash == Shape(shape).hash)
    // However it arrives, and whether or not somebody wants to read it.
    #expect(Self.impression(lines, over: security, cut: .everywhere) == whole)
    for place in 1..<80 {
      #expect(Self.impression(lines, over: security, cut: .once(place)) == whole)
    }
    let unread = Self.impression(lines, over: security, isSpelt: false)
    #expect(unread.text.isEmpty && unread.hash == whole.hash)
  }

  @Test("neither user nor domain nor nonce nor language is part of it")
  func independent() {
    func seen(_ user: String, _ domain: String, _ language: String, _ nonce: String) -> Impression {
      Self.impression([
        .says(
          Self.header(" from='\(user)@\(domain)/x' to='\(domain)' xml:lang='\(language)'"))
      ])
    }
    let first = seen("alice", "a.example", "en", "abc")
    #expect(first == seen("bob", "b.example", "de-CH", "xyz"))
    #expect(!first.text.contains("alice"))
    let login = [(user: "alice", nonce: "abc"), ("bob", "xyz")].map { who in
      Self.impression([
        .says(Self.header + Cast.auth("SCRAM-SHA-1", "n,,n=\(who.user),r=\(who.nonce)"))
      ])
    }
    #expect(login[0] == login[1])
  }

  @Test("small differences make other shapes")
  func differences() {
    let texts = [
      Self.header(" to='a.example' version='1.0'"), Self.header(" version='1.0' to='a.example'"),
      Self.header(" to=\"a.example\" version='1.0'"), Self.header("  to='a.example' version='1.0'"),
      Self.header(" to='a.example' version='1.0' xml:lang='en'"),
      Self.header(" to='a.example' version='1.2'"), Self.header(" to='a.example'"),
      "<?xml version='1.0'?>" + Self.header(" to='a.example' version='1.0'"),
      "<?xml version=\"1.0\"?>" + Self.header(" to='a.example' version='1.0'"),
      "<?xml version='1.0' ?>" + Self.header(" to='a.example' version='1.0'"),
    ]
    #expect(Set(texts.map { Self.impression([.says($0)]).hash }).count == texts.count)
  }

  @Test("two installations of one client are told apart, but have one shape")
  func installations() {
    func seen(_ id: String) -> Impression {
      Self.impression([
        .says(
          Self.header
            + "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-1'><initial-response>"
            + Cast.base64("n,,n=alice,r=abc")
            + "</initial-response><user-agent id='\(id)'><software>Nobody</software></user-agent>"
            + "</authenticate>")
      ])
    }
    let (first, second) = (seen("1f"), seen("2f"))
    #expect(first.hash == second.hash && first.looks != second.looks)
    #expect(first == seen("1f"))
  }

  @Test(
    "names of followers",
    arguments: [
      ("Conversations", true), ("conversations", true), ("monocles chat", true),
      ("Conver&#115;ations", true), ("<![CDATA[Cheogram]]>", true), ("Conversation", false),
      ("Conversations ", false), ("Conversationss", false), ("", false), ("Gajim", false),
      ("<b/>", false),
    ])
  func software(name: String, follows: Bool) {
    let authenticate =
      "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-1'><initial-response>"
      + Cast.base64("n,,n=alice,r=abc")
      + "</initial-response><user-agent><software>\(name)</software></user-agent></authenticate>"
    let lines = [Line.says(Self.header + authenticate)]
    #expect(Self.impression(lines).isFollower == follows)
    #expect(!Self.impression(lines, followers: .none).isFollower)
  }

  @Test("a list of followers")
  func list() throws {
    let lines = [Line.says(Self.header + Self.scram)]
    let shape = Self.impression(lines).text
    let list = try Followers.shipped.adding(
      parsing: "# ours\r\n\n  software\tOur Client \r\nshape \(shape)\n", file: "f")
    #expect(Self.impression(lines, followers: list).isFollower)
    #expect(!Self.impression([.says(Self.header)], followers: list).isFollower)
    #expect(!Self.impression(lines).isFollower)
    #expect(try Followers.shipped.adding(parsing: "", file: "f") == .shipped)
  }

  @Test(
    "lists that are wrong",
    arguments: ["software", "software ", "shape", "shape abc", "shape header=a b", "Conversations"])
  func wrongLists(line: String) {
    #expect {
      try Followers.shipped.adding(parsing: "\n\(line)\nsoftware X\nbad", file: "f")
    } throws: { error in
      let lines = (error as? Complaints)?.all.map(\.place)
      return lines == ["f:2", "f:4"]
    }
  }
}

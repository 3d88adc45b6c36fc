import Conversation
import Shared
import Testing

/// Plays one side of a connection as the worker does: keeps what was not consumed, and presents it again
/// with what comes.
struct Stage: ~Copyable {
  private var conversation: Conversation
  private var workspace = Workspace()
  private let setup: Setup
  private let certificate: [UInt8]
  private var pending: [UInt8] = []
  private(set) var action = Conversation.Action.read
  /// What the edge has said since it was last taken.
  private var said = ""
  /// The same, of the whole play.
  private(set) var total = ""
  /// Most bytes that had to be kept.
  private(set) var mostKept = 0

  init(_ security: Security, _ setup: Setup, certificate: String = "") {
    conversation = Conversation(security: security)
    self.setup = setup
    self.certificate = Array(certificate.utf8)
  }

  var user: String { String(decoding: workspace.user, as: UTF8.self) }
  var marked: [UInt8] { workspace.user }
  var domain: String { String(decoding: conversation.domain, as: UTF8.self) }

  /// True while the client is listened to.
  var listens: Bool { action == .read }

  mutating func send(_ bytes: some Sequence<UInt8>) {
    pending += bytes
    let input = pending
    let step = conversation.receive(
      input.span, setup: setup, random: Cast.random, workspace: &workspace,
      certificate: certificate)
    pending.removeFirst(step.consumed)
    mostKept = max(mostKept, pending.count)
    action = step.action
    hear()
  }

  mutating func secure() {
    conversation.secured()
    if action == .startTLS {
      // What the worker checks: nothing of the clear stream is left.
      #expect(pending.isEmpty)
    }
    pending = []
    action = .read
  }

  mutating func redirect(to target: String) {
    conversation.redirect(
      to: Array(target.utf8).span, random: Cast.random, workspace: &workspace)
    action = .close
    hear()
  }

  mutating func fail(_ error: StreamError) {
    conversation.fail(error, random: Cast.random, workspace: &workspace)
    action = .close
    hear()
  }

  mutating func takeSaid() -> String {
    defer { said = "" }
    return said
  }

  private mutating func hear() {
    let text = String(decoding: workspace.output, as: UTF8.self)
    workspace.output.removeAll(keepingCapacity: true)
    said += text
    total += text
  }
}

/// How the client's bytes arrive.
enum Cut: Hashable, CustomStringConvertible {
  case whole
  case everywhere
  /// Every message in two pieces, the first so long (if it is that long).
  case once(Int)

  var description: String {
    switch self {
    case .whole: "in one piece"
    case .everywhere: "byte by byte"
    case .once(let place): "cut after \(place) bytes"
    }
  }

  func pieces(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    switch self {
    case .whole: [bytes[...]]
    case .everywhere: bytes.indices.map { bytes[$0...$0] }
    case .once(let place) where place < bytes.count: [bytes[..<place], bytes[place...]]
    case .once: [bytes[...]]
    }
  }
}

extension Play {
  /// Plays it; every line is checked.
  func perform(_ cut: Cut) {
    var stage = Stage(security, setup, certificate: certificate)
    for line in lines {
      switch line {
      case .client(let bytes):
        for piece in cut.pieces(bytes) where stage.listens { stage.send(piece) }
      case .edge(let text):
        let said = stage.takeSaid()
        #expect(said == text, "\(self), \(cut)")
      case .tls:
        #expect(stage.action == .startTLS, "\(self), \(cut)")
        guard stage.action == .startTLS else { return }
        stage.secure()
      case .directTLS:
        #expect(stage.action == .directTLS, "\(self), \(cut)")
        guard stage.action == .directTLS else { return }
        stage.secure()
      case .identified(let user):
        let (action, found) = (stage.action, stage.user)
        #expect(action == .identified, "\(self), \(cut)")
        #expect(found == user, "\(self), \(cut)")
      case .nobody(let name):
        let (action, marked) = (stage.action, stage.marked)
        #expect(action == .nobody, "\(self), \(cut)")
        #expect(marked == [Workspace.nobodysMark] + Array(name.utf8), "\(self), \(cut)")
      case .redirect(let target):
        guard stage.action == .identified || stage.action == .nobody else { return }
        stage.redirect(to: target)
      case .fail(let error):
        stage.fail(error)
      case .waits:
        let action = stage.action
        #expect(action == .read, "\(self), \(cut)")
      case .closes:
        let action = stage.action
        #expect(action == .close, "\(self), \(cut)")
      }
    }
    // A play may end when the name is known; any other must hear all that is said.
    switch lines.last {
    case .identified, .nobody: return
    default: break
    }
    let rest = stage.takeSaid()
    #expect(rest.isEmpty, "\(self), \(cut): unheard")
  }

  /// Plays it in one piece, cut at every byte, and byte by byte.
  func performCutEverywhere() {
    perform(.whole)
    perform(.everywhere)
    for place in 1..<max(longestMessage, 2) { perform(.once(place)) }
  }

  private var longestMessage: Int {
    lines.map { if case .client(let bytes) = $0 { bytes.count } else { 0 } }.max() ?? 0
  }

  /// All that the client sends.
  var clientBytes: [UInt8] {
    lines.flatMap { if case .client(let bytes) = $0 { bytes } else { [UInt8]() } }
  }
}

import Conversation
import Routing
import Shared

/// One client's connection, from accept to close. The worker keeps and reuses these objects, so that a connection
/// allocates nothing.
final class Connection {
  /// What the next bytes from the client are.
  enum Phase {
    /// A PROXY header.
    case proxy
    /// The stream, unencrypted.
    case open
    /// The first bytes of a TLS handshake; the session is made when they come.
    case tlsAwaited
    /// TLS records.
    case tls
    /// Nothing that matters: the answer is sent, the client's own end is awaited.
    case parting
  }

  /// Its place in the worker's table.
  let slot: Int
  /// Raised with every new client: tells a late event from a current one.
  var use: UInt32 = 0
  var descriptor: Int32 = -1
  var phase = Phase.open
  /// The poller knows it (once, for both directions).
  var isPolled = false
  /// Descriptors that it has, or may need: a relayed one has two.
  var descriptors = 1
  /// The address limiter counts it.
  var isCounted = false
  /// Listener number within its snapshot.
  var listener = 0
  var client = ClientAddress(ipv4: 0, port: 0)
  /// The kind of target it gets.
  var kind = ClientKind.starttls
  var conversation = Conversation(security: .plain)
  var session: TLSSession?
  /// The HTTP around the conversation, of those who came by WebSocket or BOSH.
  var web: WebEntrance?
  /// What it sees of the world: from accept to answer one and the same set.
  var snapshot: WorkerSnapshot?
  /// Bytes received and not used yet: of the stream, or of a PROXY header.
  var held: [UInt8] = []
  /// Bytes that the socket did not take.
  var unsent: [UInt8] = []
  /// All bytes received, for the bound on what may come before the answer.
  var received = 0
  /// The answer, while it may not leave yet.
  var pending: Pending?
  /// The node's side, while the connection is relayed.
  var relay: Relay?
  /// Under which the client is remembered, if it has come back after a redirect: a node that takes it now is well, so it does
  /// not follow.
  var doubted: UInt64?
  /// When a relayed connection is to be closed because the edge leaves.
  var leaves: Int64?
  /// When it came, when its TLS handshake began, and when the conversation must have its answer, in the worker's milliseconds.
  var begun: Int64 = 0
  var handshake: Int64 = 0
  var end: Int64 = 0

  init(slot: Int) {
    self.slot = slot
  }

  /// A new client begins here.
  func begin(
    descriptor: Int32, client: ClientAddress, listener: Int, snapshot: WorkerSnapshot, now: Int64
  ) {
    let setup = snapshot.listeners[listener]
    self.descriptor = descriptor
    self.client = client
    self.listener = listener
    self.snapshot = snapshot
    begun = now
    end = now + snapshot.shared.times.total
    phase = setup.requiresProxy ? .proxy : setup.firstPhase
    conversation = Conversation(
      security: setup.security, framing: setup.framing, spellsShape: setup.spellsShapes)
    web = setup.entrance()
    kind = setup.kind
    isPolled = false
    isCounted = false
    received = 0
    pending = nil
    relay = nil
    doubted = nil
    leaves = nil
  }

  /// The client is gone, or only its goodbye is awaited: nothing of its conversation is kept.
  func forget() {
    session = nil
    web = nil
    snapshot = nil
    pending = nil
    conversation.forget()
    wipeHeld()
  }

  /// What is held may be the beginning of a password.
  func wipeHeld() {
    if !held.isEmpty { held.wipe() }
  }
}

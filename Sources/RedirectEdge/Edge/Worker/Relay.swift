import Conversation
import Shared

/// The node's side of a relayed connection. The client's side is the `Connection` that has it.
final class Relay {
  enum Phase {
    /// The TCP connection is being made.
    case connecting
    /// What the client has said is being said again.
    case approaching
    /// All bytes are passed on.
    case pumping
  }

  /// Where a client is to be brought, and how.
  struct Way {
    let state: NodeState
    let port: NodePort
    let security: Configuration.Node.InternalSecurity
    /// For SNI and the certificate.
    let serverName: String

    var isWeb: Bool { port.web != nil }
  }

  let nodeState: NodeState
  var descriptor: Int32
  /// Where else the node may be.
  var places: ArraySlice<SocketAddress>
  let security: Configuration.Node.InternalSecurity
  let proxy: Configuration.Node.InternalProxy
  /// For SNI and the certificate.
  let serverName: String
  /// The node's certificate must be valid.
  let verifies: Bool
  let context: TLSClientContext
  /// How long a side may not take what is sent to it, in ms.
  let patience: Int64
  /// How long both sides may be silent, in ms; 0: for ever.
  let mostSilence: Int64
  var phase = Phase.connecting
  /// nil: the two are on one stream, and what it needed until then is given back.
  var approach: Approach?
  var session: TLSSession?
  /// Bytes that the node's socket did not take.
  var unsent = Backlog()
  /// There may be more to read, which was not read because the other side did not take what came before. Of the client
  /// nothing has been read since it was known, and the poller does not tell twice.
  var clientHasMore = true
  var nodeHasMore = false
  /// A read that leaves room in the buffer has emptied the socket: no end of this side was announced since it was last
  /// found empty, nor urgent bytes, before which a read stops short. Saves a system call for each stanza.
  var clientIsSteady = false
  var nodeIsSteady = false
  /// This side has ended its direction.
  var clientEnded = false
  var nodeEnded = false
  /// It stands among those who go on in the next turn.
  var isContinuing = false
  /// When a byte of the client last moved on, in the worker's milliseconds.
  var clientMoved: Int64 = 0
  /// The same of the node's bytes.
  var nodeMoved: Int64 = 0

  init(
    _ way: Way, descriptor: Int32, elsewhere places: ArraySlice<SocketAddress>,
    approach: consuming Approach, snapshot: Snapshot
  ) {
    nodeState = way.state
    self.descriptor = descriptor
    self.places = places
    security = way.security
    // It is said of the `internal` port, where the node's WebSocket is not.
    proxy = way.isWeb ? .off : way.state.identity.proxy
    serverName = way.serverName
    self.approach = consume approach
    verifies = snapshot.configuration.relayVerifies
    context = way.isWeb ? snapshot.nodeWebTLS : snapshot.nodeTLS
    patience = snapshot.times.relayStuck
    mostSilence = snapshot.times.relayIdle
  }

  /// Begins a connection to the first of `places` where that is possible, and takes it and those before it away.
  static func connect(_ places: inout ArraySlice<SocketAddress>) -> Int32? {
    while let place = places.popFirst() {
      if let descriptor = place.connect() { return descriptor }
    }
    return nil
  }

  deinit {
    approach?.forget()
    unsent.clear()
  }
}

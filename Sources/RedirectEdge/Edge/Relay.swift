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

  /// Index into the pool of the connection's snapshot.
  let node: Int
  let nodeState: NodeState
  let descriptor: Int32
  let security: Configuration.Node.InternalSecurity
  /// For SNI and the certificate.
  let serverName: String
  var phase = Phase.connecting
  var approach: Approach
  var session: TLSSession?
  let context: TLSClientContext
  /// Bytes that the node's socket did not take.
  var unsent: [UInt8] = []
  /// There may be more to read, which was not read because the other side did not take what came before.
  var clientHasMore = false
  var nodeHasMore = false
  /// This side has ended its direction.
  var clientEnded = false
  var nodeEnded = false
  /// When something last moved, in the worker's milliseconds.
  var moved: Int64 = 0

  init(
    node: Int, _ state: NodeState, descriptor: Int32, serverName: String,
    approach: consuming Approach, context: TLSClientContext
  ) {
    self.node = node
    nodeState = state
    self.descriptor = descriptor
    security = state.identity.security
    self.serverName = serverName
    self.approach = approach
    self.context = context
  }

  deinit {
    for index in unsent.indices { unsent[index] = 0 }
  }
}

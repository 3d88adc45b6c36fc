import Conversation
import Glibc
import Routing

/// How a worker says its last word, and how bytes leave.
extension Worker {
  // MARK: Ends

  /// A stream error and the end.
  func fail(_ connection: Connection, _ error: StreamError) {
    counters.count(.refused, connection.kind)
    if connection.canSpeak {
      connection.conversation.fail(error, random: random.next(), workspace: &workspace)
    }
    part(connection)
  }

  func timeOut(_ connection: Connection) {
    if connection.isShakingHands { counters.count(.failedHandshake) }
    log.outcome(connection, .timedOut)
    fail(connection, .connectionTimeout)
  }

  func shutDown(_ connection: Connection) {
    fail(connection, .systemShutdown)
  }

  /// Cut off without a word: it is not a client that would understand one.
  func drop(_ connection: Connection) {
    counters.count(.lost, connection.kind)
    close(connection)
  }

  /// The client is gone; one that was handed over had its answer.
  private func lose(_ connection: Connection) {
    if connection.relay?.phase == .pumping { return close(connection) }
    drop(connection)
  }

  /// Sends what is to be said and ends our direction; the client's own end is awaited, because closing with unread
  /// input would reset the connection and could eat the answer.
  func part(_ connection: Connection) {
    flush(connection, andEnd: true)
    guard connection.descriptor >= 0 else { return }
    release(connection)
    connection.forget()
    connection.phase = .parting
    connection.received = 0
    if connection.unsent.isEmpty { Socket.endOutput(connection.descriptor) }
    timers.set(connection.slot, deadline: connection.isPolled ? now + Self.goodbye : now)
  }

  /// Reads on until the client ends.
  func readGoodbye(_ connection: Connection) -> Reading {
    switch unsafe Socket.receive(connection.descriptor, into: input) {
    case .wait: return .wait
    case .bytes(let count):
      unsafe wipe(input, count)
      connection.received += count
      guard connection.received <= Self.goodbyeBytes else { fallthrough }
      return .more
    case .end, .failed:
      close(connection)
      return .gone
    }
  }

  // MARK: Sending

  /// Sends the workspace's output, through TLS if there is a session; `andEnd` says goodbye to the session.
  func flush(_ connection: Connection, andEnd: Bool = false) {
    if let session = connection.session {
      let sent = session.isEstablished ? session.send(workspace.output) : true
      if andEnd, sent { session.end() }
      send(connection, wire.output)
      wire.output.removeAll(keepingCapacity: true)
    } else {
      send(connection, workspace.output)
    }
    workspace.output.removeAll(keepingCapacity: true)
  }

  func send(_ connection: Connection, _ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe send(connection, $0) }
  }

  func send(_ connection: Connection, _ bytes: UnsafeRawBufferPointer) {
    guard unsafe !bytes.isEmpty, connection.descriptor >= 0 else { return }
    guard connection.unsent.isEmpty else {
      unsafe connection.unsent.append(contentsOf: bytes)
      return
    }
    switch unsafe Socket.send(connection.descriptor, bytes) {
    case .bytes(let count) where count == bytes.count: return
    case .bytes(let count): connection.unsent = unsafe Array(bytes[count...])
    case .wait: connection.unsent = unsafe Array(bytes)
    case .end, .failed: return lose(connection)
    }
    watch(connection)
  }

  /// The socket takes more.
  func sendRest(_ connection: Connection) {
    let bytes = connection.unsent
    switch unsafe bytes.withUnsafeBytes({ unsafe Socket.send(connection.descriptor, $0) }) {
    case .bytes(let count): connection.unsent = Array(bytes[count...])
    case .wait: return
    case .end, .failed: return lose(connection)
    }
    if connection.unsent.isEmpty, connection.isParting { Socket.endOutput(connection.descriptor) }
  }
}

import Glibc
import Routing

/// One TCP connection of a control-plane thread, outgoing or taken in, with or without TLS. A subclass says what the bytes
/// mean; a `LinkLoop` tells it what happens. Not for clients: the data plane has its own way.
class Link {
  /// How a link ends.
  enum End: Error, CustomStringConvertible {
    /// The other side has ended it.
    case ended
    /// The system says why.
    case failed(Int32)
    /// A handshake that cannot succeed, or bytes that are no TLS.
    case tls(String)
    /// More waits to be sent than a link may hold.
    case clogged

    var description: String {
      switch self {
      case .ended: "the connection was ended"
      case .failed(let code): unsafe String(cString: strerror(code))
      case .tls(let reason): "TLS: \(reason)"
      case .clogged: "it does not read what is sent"
      }
    }
  }

  private enum State {
    case connecting
    case open
    case closed
  }

  /// The most that waits to be sent.
  private static let mostUnsent = 1 << 20
  /// Reads before it is the others' turn: a quarter of a MiB. Somebody who sends faster than we read must not keep other
  /// links, nor their deadlines, waiting.
  private static let readsInTurn = 16

  private(set) unowned var loop: LinkLoop
  /// The loop's: where it keeps the link.
  var slot = -1
  /// The loop's: tells this link from others that had its slot.
  var use: UInt32 = 0
  /// The loop's: the link waits for its next turn to read on.
  var isUnread = false
  let descriptor: Int32
  private var state: State
  private(set) var session: TLSSession?
  private var isSecured = false
  private var unsent: [UInt8] = []
  private var endsOutput = false

  /// A connection that has begun (`SocketAddress.connect`), or one that was taken in. The loop owns it from here on.
  init(_ loop: LinkLoop, descriptor: Int32, isConnected: Bool) throws(SystemError) {
    self.loop = loop
    self.descriptor = descriptor
    state = isConnected ? .open : .connecting
    do throws(SystemError) {
      try loop.add(self)
    } catch {
      state = .closed
      Socket.close(descriptor)
      throw error
    }
  }

  var isOpen: Bool { state == .open }
  var isClosed: Bool { state == .closed }
  /// What waits to be sent.
  final var unsentBytes: Int { unsent.count }

  // MARK: For subclasses: what happens

  /// The connection is up; not called for one that was taken in.
  func opened() {}

  /// The handshake is done.
  func secured() {}

  /// Plain bytes came. They may hold half a message, or several.
  func received(_ bytes: Span<UInt8>) {}

  /// It is over, and closed; said once, and not after `close`.
  func ended(_ end: End) {}

  /// The deadline has passed.
  func expired() {}

  // MARK: What a subclass does

  /// Sends, through TLS if there is a session.
  final func send(_ bytes: [UInt8]) {
    guard state == .open, !bytes.isEmpty else { return }
    guard let session else { return push(bytes) }
    guard session.send(bytes) else {
      let reason = TLSSession.lastError()
      // The wire is everybody's: what this session has left there must not go out on another.
      pushCiphertext()
      return finish(.tls(reason))
    }
    pushCiphertext()
  }

  /// Begins TLS; as a client it speaks first.
  final func startTLS(_ session: TLSSession) {
    guard state == .open else { return }
    self.session = session
    if session.isClient { decrypt(0) }
  }

  /// Calls `expired` at `deadline`, in `Clock` milliseconds, unless a new one is set.
  final func setDeadline(_ deadline: Int64) {
    guard state != .closed else { return }
    loop.timers.set(slot, deadline: deadline)
  }

  /// Says that nothing more will be sent, when all is sent.
  final func endOutput() {
    guard state == .open, !endsOutput else { return }
    if let session, session.isEstablished {
      session.end()
      pushCiphertext()
    }
    guard state == .open else { return }
    endsOutput = true
    if unsent.isEmpty { Socket.endOutput(descriptor) }
  }

  /// Ends it at once, without another word.
  final func close() {
    guard state != .closed else { return }
    loop.remove(self)
    release()
  }

  // MARK: What the loop tells

  /// The loop goes; nothing of it may be touched any more.
  final func release() {
    guard state != .closed else { return }
    state = .closed
    Socket.close(descriptor)
    session = nil
    unsent = []
  }

  final func wake(_ event: Poller.Event) {
    if state == .connecting, event.isWritable || event.isReadable {
      let code = Socket.error(descriptor)
      guard code == 0 else { return finish(.failed(code)) }
      state = .open
      opened()
    }
    if state == .open, event.isWritable { pushRest() }
    if event.isReadable { read() }
  }

  /// Reads what is there, or a fair part of it; the loop comes back for the rest.
  final func read() {
    for _ in 0..<Self.readsInTurn {
      guard state == .open else { return }
      switch unsafe Socket.receive(descriptor, into: loop.input) {
      case .wait: return
      case .bytes(let count): take(count)
      case .end: finish(.ended)
      case .failed: finish(.failed(errno))
      }
    }
    if state == .open { loop.readOn(self) }
  }

  private func take(_ count: Int) {
    guard session == nil else { return decrypt(count) }
    received(unsafe Span(_unsafeBytes: UnsafeRawBufferPointer(rebasing: loop.input[..<count])))
  }

  /// The first `count` bytes of the loop's input are ciphertext.
  private func decrypt(_ count: Int) {
    guard let session else { return }
    let loop = self.loop
    var filled = 0
    let ciphertext = unsafe UnsafeRawBufferPointer(rebasing: loop.input[..<count])
    let progress = unsafe session.receive(
      ciphertext, wire: loop.wire, plain: loop.plain, filled: &filled)
    let reason = progress == .failed ? TLSSession.lastError() : ""
    pushCiphertext()
    guard state == .open else { return }
    if session.isEstablished, !isSecured {
      isSecured = true
      secured()
    }
    if state == .open, filled > 0 {
      received(unsafe Span(_unsafeBytes: UnsafeRawBufferPointer(rebasing: loop.plain[..<filled])))
    }
    guard state == .open else { return }
    switch progress {
    case .wait: return
    case .end: finish(.ended)
    case .failed: finish(.tls(reason))
    }
  }

  private func pushCiphertext() {
    let bytes = loop.wire.output
    loop.wire.output.removeAll(keepingCapacity: true)
    push(bytes)
  }

  private func push(_ bytes: [UInt8]) {
    guard state == .open, !bytes.isEmpty else { return }
    guard unsent.count + bytes.count <= Self.mostUnsent else { return finish(.clogged) }
    let isFirst = unsent.isEmpty
    unsent += bytes
    if isFirst { pushRest() }
  }

  private func pushRest() {
    guard !unsent.isEmpty else { return }
    // To the last byte, or until the socket is full: the poller tells only of what changes.
    while !unsent.isEmpty {
      switch unsafe unsent.withUnsafeBytes({ unsafe Socket.send(descriptor, $0) }) {
      case .bytes(let count): unsent.removeFirst(count)
      case .wait: return
      case .end, .failed: return finish(.failed(errno))
      }
    }
    if endsOutput { Socket.endOutput(descriptor) }
  }

  private func finish(_ end: End) {
    guard state != .closed else { return }
    close()
    ended(end)
  }
}

import COpenSSL
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

  private(set) unowned var loop: LinkLoop
  fileprivate(set) var slot = -1
  fileprivate(set) var use: UInt32 = 0
  fileprivate let descriptor: Int32
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
    guard session.send(bytes) else { return finish(.tls(TLSSession.lastError())) }
    pushCiphertext()
  }

  /// Begins TLS; as a client it speaks first.
  final func startTLS(_ session: TLSSession) {
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
    state = .closed
    loop.remove(self)
    Socket.close(descriptor)
    session = nil
    unsent = []
  }

  // MARK: What the loop tells

  final func wake(_ event: Poller.Event) {
    if state == .connecting, event.isWritable || event.isReadable {
      let code = Socket.error(descriptor)
      guard code == 0 else { return finish(.failed(code)) }
      state = .open
      opened()
    }
    if state == .open, event.isWritable { pushRest() }
    while state == .open, event.isReadable {
      switch unsafe Socket.receive(descriptor, into: loop.input) {
      case .wait: return
      case .bytes(let count): take(count)
      case .end: finish(.ended)
      case .failed: finish(.failed(errno))
      }
    }
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
    switch unsafe unsent.withUnsafeBytes({ unsafe Socket.send(descriptor, $0) }) {
    case .bytes(let count): unsent.removeFirst(count)
    case .wait: return
    case .end, .failed: return finish(.failed(errno))
    }
    if unsent.isEmpty, endsOutput { Socket.endOutput(descriptor) }
  }

  private func finish(_ end: End) {
    guard state != .closed else { return }
    close()
    ended(end)
  }
}

/// A thread's links: one poller, one clock, and buffers that all links use in turn.
///
/// The owner calls `turn` in a loop, from one thread only.
@safe final class LinkLoop {
  private static let readSize = 16 * 1024
  let poller: Poller
  let wire = TLSWire()
  fileprivate(set) var timers: TimerWheel
  private(set) var now: Int64
  private var links: [Link?] = []
  private var uses: [UInt32] = []
  private var free: [Int] = []
  fileprivate let input = UnsafeMutableRawBufferPointer.allocate(
    byteCount: LinkLoop.readSize, alignment: 16)
  /// A TLS record is no longer than a read, and what is left of the one before neither.
  fileprivate let plain = UnsafeMutableRawBufferPointer.allocate(
    byteCount: 4 * LinkLoop.readSize, alignment: 16)

  init() throws(SystemError) {
    poller = try Poller()
    now = Clock.milliseconds()
    timers = TimerWheel(now: now)
  }

  deinit {
    for link in links { link?.close() }
    unsafe input.deallocate()
    unsafe plain.deallocate()
  }

  /// How many links there are.
  var count: Int { links.count - free.count }

  /// Waits until something happens, at most until `deadline` (`Clock` milliseconds; nil: for ever), and lets the links take
  /// it. `mail` and `knock` are called when something is in the mailbox or at the listener that the owner watches.
  func turn(until deadline: Int64?, mail: () -> Void, knock: () -> Void = {}) {
    let before = Clock.milliseconds()
    var sleep = timers.sleep(now: before)
    if let deadline {
      let rest = max(0, deadline - before)
      sleep = sleep < 0 ? rest : min(sleep, rest)
    }
    let count = poller.wait(timeout: sleep)
    now = Clock.milliseconds()
    for i in 0..<count {
      let event = poller.event(i)
      switch event.source {
      case .mailbox: mail()
      case .listener: knock()
      case .connection(let slot, let use):
        guard let link = links[slot], link.use == use else { continue }
        link.wake(event)
      }
    }
    while let slot = timers.nextExpired(now: now) { links[slot]?.expired() }
  }

  fileprivate func add(_ link: Link) throws(SystemError) {
    let slot: Int
    if let last = free.popLast() {
      slot = last
    } else {
      slot = links.count
      links.append(nil)
      uses.append(0)
    }
    link.slot = slot
    link.use = uses[slot]
    guard poller.watch(connection: link.descriptor, slot: slot, use: link.use) else {
      free.append(slot)
      throw SystemError("epoll_ctl", "link")
    }
    links[slot] = link
  }

  fileprivate func remove(_ link: Link) {
    timers.cancel(link.slot)
    uses[link.slot] = Poller.next(use: link.use)
    links[link.slot] = nil
    free.append(link.slot)
  }
}

import Conversation
import Glibc
import MapFile
import Routing
import Shared

/// What a worker does with the bytes of a connection: the layers from the socket to the conversation and back.
///
///     socket -> [PROXY header] -> [TLS] -> conversation -> routing -> answer -> [TLS] -> socket
extension Worker {
  /// XML's white space.
  private static let whiteSpace: [UInt8] = [0x20, 0x09, 0x0a, 0x0d]

  /// What a read led to.
  enum Reading {
    /// There may be more to read.
    case more
    /// Nothing now.
    case wait
    /// The connection is closed, or parting.
    case gone
  }

  /// Reads once, and lets all layers use what came.
  func read(_ connection: Connection) -> Reading {
    let kept = connection.phase == .tls ? 0 : unsafe restoreHeld(connection, to: input)
    // What is kept is less than a message with its frame, so there is always room.
    let end = unsafe min(kept + Self.readSize, input.count)
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: input[kept..<end])
    switch unsafe Socket.receive(connection.descriptor, into: room) {
    case .wait:
      unsafe hold(connection, UnsafeRawBufferPointer(input), kept)
      unsafe wipe(input, kept)
      return .wait
    case .end, .failed:
      unsafe wipe(input, kept)
      if connection.isShakingHands { counters.count(.failedHandshake) }
      counters.count(.lost, connection.kind)
      close(connection)
      return .gone
    case .bytes(let count):
      connection.received += count
      let use = connection.use
      layers(connection, count: kept + count)
      // A password may have been in there.
      unsafe wipe(input, kept + count)
      guard connection.use == use, !connection.isParting else { return .gone }
      guard connection.pending == nil, connection.relay == nil else { return .wait }
      guard connection.received <= Self.receivedBytes else {
        fail(connection, .policyViolation)
        return .gone
      }
      return connection.isPolled ? .more : .wait
    }
  }

  /// The first `count` bytes of `input` are new to the layers.
  private func layers(_ connection: Connection, count: Int) {
    var start = 0
    if connection.phase == .proxy {
      guard let consumed = takeProxyHeader(connection, count) else { return }
      start = consumed
    }
    guard start < count else { return }
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: input[start..<count])
    switch connection.phase {
    case .open: unsafe converse(connection, bytes)
    case .tlsAwaited, .tls: unsafe decrypt(connection, bytes)
    case .proxy, .parting: return
    }
  }

  /// The bytes the PROXY header took; nil: the connection waits for more of it, or is gone.
  private func takeProxyHeader(_ connection: Connection, _ count: Int) -> Int? {
    guard let snapshot = connection.snapshot else { return nil }
    let span = unsafe Span<UInt8>(_unsafeBytes: UnsafeRawBufferPointer(rebasing: input[..<count]))
    switch ProxyHeader.parse(span) {
    case .incomplete where count < ProxyHeader.maximumLength:
      unsafe hold(connection, UnsafeRawBufferPointer(input), count)
      return nil
    case .incomplete, .invalid:
      counters.count(.refused, connection.kind)
      log.badProxyHeader(connection.client)
      drop(connection)
      return nil
    case .header(let consumed, let client):
      if let client { connection.client = client }
      connection.phase = snapshot.listeners[connection.listener].firstPhase
      guard client == nil || admit(connection) else { return nil }
      return consumed
    }
  }

  // MARK: TLS

  private func decrypt(_ connection: Connection, _ received: UnsafeRawBufferPointer) {
    var ciphertext = unsafe received
    if connection.phase == .tlsAwaited {
      // White space behind `<starttls/>` may come late; no TLS record begins with it.
      let spaces = unsafe received.prefix { Self.whiteSpace.contains($0) }.count
      unsafe ciphertext = UnsafeRawBufferPointer(rebasing: received[spaces...])
      if unsafe ciphertext.isEmpty { return }
      guard startSession(connection) else { return drop(connection) }
    }
    guard let session = connection.session else { return drop(connection) }
    let kept = unsafe restoreHeld(connection, to: plain)
    var filled = kept
    let wasEstablished = session.isEstablished
    let progress = unsafe session.receive(ciphertext, wire: wire, plain: plain, filled: &filled)
    if !wasEstablished, session.isEstablished {
      extend(connection)
      counters.count(.handshake, took: now - connection.handshake)
      connection.conversation.shookHands(session.hello)
    }
    if filled > kept {
      unsafe converse(connection, UnsafeRawBufferPointer(rebasing: plain[..<filled]))
      unsafe wipe(plain, filled)
    } else {
      unsafe hold(connection, UnsafeRawBufferPointer(plain), kept)
      unsafe wipe(plain, kept)
      flush(connection)
    }
    guard connection.session === session, !connection.isParting, connection.relay == nil else {
      return
    }
    switch progress {
    case .wait: return
    case .end, .failed:
      if !session.isEstablished { counters.count(.failedHandshake) }
      counters.count(.lost, connection.kind)
      part(connection)
    }
  }

  private func startSession(_ connection: Connection) -> Bool {
    guard let snapshot = connection.snapshot,
      let contexts = connection.web == nil ? snapshot.contexts : snapshot.webContexts,
      let context = unsafe contexts.context(for: connection.conversation.domain),
      let session = unsafe TLSSession(context: context, wire: wire)
    else { return false }
    connection.session = session
    connection.phase = .tls
    connection.handshake = now
    Socket.acknowledgeAtOnce(connection.descriptor)
    return true
  }

  // MARK: The conversation

  /// Lets the conversation use the bytes of the stream.
  private func converse(_ connection: Connection, _ bytes: UnsafeRawBufferPointer) {
    guard let snapshot = connection.snapshot else { return }
    let setup = snapshot.listeners[connection.listener].setup
    let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
    workspace.output.removeAll(keepingCapacity: true)
    let step = connection.receive(
      span, setup: setup, random: random.next(), workspace: &workspace)
    if step.consumed > 0 { extend(connection) }
    switch step.action {
    case .read:
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[step.consumed...])
      unsafe hold(connection, rest, rest.count)
      flush(connection)
    case .startTLS:
      flush(connection)
      guard connection.descriptor >= 0 else { return }
      connection.conversation.secured()
      connection.phase = .tlsAwaited
    case .directTLS:
      connection.conversation.secured()
      connection.phase = .tlsAwaited
      connection.cameByDirectTLS(snapshot.shared.routing.pool)
      unsafe decrypt(connection, bytes)
    case .identified:
      unsafe holdBehindLogin(connection, setup, bytes, step)
      answer(connection, snapshot)
      flushBeforeWaiting(connection)
    case .nobody:
      unsafe holdBehindLogin(connection, setup, bytes, step)
      answerNobody(connection, snapshot)
      flushBeforeWaiting(connection)
    case .close:
      counters.count(.refused, connection.kind)
      log.outcome(connection, .refused)
      part(connection)
    }
  }

  /// A client that did not wait for our header and features may have to wait for its answer, which comes by another way: what
  /// was said so far leaves now. The workspace is everybody's.
  private func flushBeforeWaiting(_ connection: Connection) {
    if connection.pending != nil || connection.relay != nil { flush(connection) }
    workspace.output.removeAll(keepingCapacity: true)
  }

  /// What came behind the login goes to the node behind it.
  private func holdBehindLogin(
    _ connection: Connection, _ setup: Setup, _ bytes: UnsafeRawBufferPointer,
    _ step: Conversation.Step
  ) {
    guard setup.mayRelay else { return }
    let behind = unsafe bytes[step.consumed...]
    // White space between elements means nothing (RFC 6120 section 4.6.1), and a node that has taken the login expects a new stream,
    // which must not begin with it.
    let text =
      unsafe connection.web == nil
      ? behind.drop { Self.whiteSpace.contains($0) } : behind
    let rest = unsafe UnsafeRawBufferPointer(rebasing: text)
    unsafe hold(connection, rest, rest.count)
  }

  // MARK: Bytes that wait, time, limits

  /// Keeps the first `count` bytes until more come.
  func hold(_ connection: Connection, _ bytes: UnsafeRawBufferPointer, _ count: Int) {
    guard count > 0 else { return }
    connection.held = unsafe Array(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
  }

  /// Puts what was kept at the beginning of `buffer`; how many bytes that was.
  private func restoreHeld(_ connection: Connection, to buffer: UnsafeMutableRawBufferPointer)
    -> Int
  {
    let count = connection.held.count
    guard count > 0 else { return 0 }
    unsafe buffer.copyBytes(from: connection.held)
    connection.wipeHeld()
    return count
  }

  func wipe(_ buffer: UnsafeMutableRawBufferPointer, _ count: Int) {
    unsafe explicit_bzero(buffer.baseAddress!, count)
  }

  /// The client has done its step: it has as long again for the next, within the bound for all.
  private func extend(_ connection: Connection) {
    guard connection.isPolled, let snapshot = connection.snapshot else { return }
    let step = snapshot.shared.times.step
    timers.set(connection.slot, deadline: min(now + step, connection.end))
  }

  /// Asks the address limiter; a client over its limit is turned away here.
  func admit(_ connection: Connection) -> Bool {
    guard limiter.admit(AddressKey(connection.client), now: now) else {
      counters.count(.limited, connection.kind)
      counters.count(.addressLimit)
      log.outcome(connection, .limited)
      fail(connection, .policyViolation)
      return false
    }
    connection.isCounted = true
    return true
  }

  func release(_ connection: Connection) {
    guard connection.isCounted else { return }
    limiter.release(AddressKey(connection.client))
    connection.isCounted = false
  }
}

extension Connection {
  /// Lets the conversation use the bytes of the stream, or what HTTP has around it.
  fileprivate func receive(
    _ input: Span<UInt8>, setup: Setup, random: UInt64, workspace: inout Workspace
  ) -> Conversation.Step {
    guard let web else {
      return conversation.receive(input, setup: setup, random: random, workspace: &workspace)
    }
    return web.receive(
      input, for: &conversation, setup: setup, random: random, workspace: &workspace,
      proof: WebSocketProof.make)
  }

  /// A ClientHello came where a stream was expected. A follower keeps its kind of connection, so it is told a
  /// direct-TLS target, if the pool has them.
  fileprivate func cameByDirectTLS(_ pool: Pool) {
    if pool.serves(.directtls) { kind = .directtls }
  }

  var isParting: Bool { phase == .parting }

  /// TLS has begun and is not up.
  var isShakingHands: Bool { phase == .tls && !(session?.isEstablished ?? false) }

  /// The client can understand a stream error now: the stream is plain, or its TLS is up.
  var canSpeak: Bool {
    switch phase {
    case .open: web?.isOpen ?? true
    case .tls: (session?.isEstablished ?? false) && web?.isOpen ?? true
    case .proxy, .tlsAwaited, .parting: false
    }
  }
}

import PeerProtocol
import Shared

/// A connection that this edge has made to ask a peer.
final class PeerClientLink: Link {
  /// When so many bytes wait to be sent, nobody is told of clients any more: the bound at which a link is given up is there
  /// for questions, and four times as far.
  private static let mostUnsent = 256 * 1024

  private unowned let thread: PeerThread
  private let peer: KnownPeer
  private var asking: PeerClient?

  /// - Parameter descriptor: a connection that has begun.
  init(_ thread: PeerThread, _ peer: KnownPeer, descriptor: Int32) throws(SystemError) {
    self.thread = thread
    self.peer = peer
    try super.init(thread.loop, descriptor: descriptor, isConnected: false)
    setDeadline(loop.now + PeerLimits.greeting)
  }

  // MARK: What the thread wants

  /// Sends a query; false where that is not possible.
  func ask(_ number: UInt64, _ user: [UInt8]) -> Bool {
    guard asking?.ask(number: number, user: user, now: loop.now) == true else { return false }
    flush()
    return isOpen
  }

  /// Whether the peer wants to be told of clients, and can.
  var tellsOfClients: Bool { asking?.tellsOfClients == true }

  /// Tells the peer of clients, if it wants to hear of them.
  ///
  /// - Returns: of how many it is not told although it wants to.
  func tell(_ notices: [PeerNotice]) -> Int {
    guard tellsOfClients else { return 0 }
    guard unsentBytes < Self.mostUnsent else { return notices.count }
    let untold = notices.count { asking?.tell($0, now: loop.now) == false }
    flush()
    return untold
  }

  func announce(_ map: MapDigest?) {
    asking?.announce(map)
    flush()
  }

  /// Ends it; the other side is told why. The thread is not.
  func end(_ fault: PeerFault) {
    asking?.end(fault)
    flush()
    endOutput()
    close()
  }

  // MARK: What happens

  override func opened() {
    guard thread.identity?.usesTLS == true else { return greet() }
    guard let session = thread.identity?.session(asClient: true, wire: loop.wire) else {
      return lose("TLS cannot begin")
    }
    startTLS(session)
  }

  override func secured() { greet() }

  override func received(_ bytes: Span<UInt8>) {
    guard asking != nil else { return lose(PeerFault.unexpected.rawValue) }
    asking?.feed(bytes)
    do throws(PeerFault) {
      while !isClosed, let event = try asking?.next(now: loop.now) {
        thread.hear(event, from: peer)
      }
    } catch {
      return fail(error)
    }
    flush()
  }

  override func ended(_ end: End) { thread.lose(peer, end.description) }

  override func expired() {
    guard asking != nil else { return lose("no connection in time") }
    do throws(PeerFault) {
      try asking?.tick(now: loop.now)
    } catch {
      return fail(error)
    }
    flush()
  }

  private func greet() {
    asking = PeerClient(thread.party, now: loop.now, using: &thread.random)
    flush()
  }

  private func fail(_ fault: PeerFault) {
    let told = asking?.toldFault
    end(fault)
    let isItself = fault == .itself || told == PeerFault.itself.rawValue
    thread.lose(
      peer, told.map { "it says: \($0)" } ?? fault.rawValue,
      isNobodyElse: isItself || fault == .duplicate)
  }

  private func lose(_ reason: String) {
    close()
    thread.lose(peer, reason)
  }

  /// Sends what the session has to say, and sets the clock by it.
  private func flush() {
    guard !isClosed, let output = asking?.output, let deadline = asking?.deadline else { return }
    if !output.isEmpty {
      asking?.output.removeAll(keepingCapacity: true)
      send(output)
    }
    setDeadline(deadline)
  }
}

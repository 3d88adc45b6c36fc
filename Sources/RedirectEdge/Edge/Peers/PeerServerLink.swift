import PeerProtocol
import Routing
import Shared

/// A connection that a peer, or `rdadmin`, has made to ask this edge.
final class PeerServerLink: Link {
  /// Answers are sent when so many bytes have come together.
  private static let batch = 64 * 1024

  private unowned let thread: PeerThread
  private let address: ClientAddress
  /// Who it is when it tells of clients. Swift's hashes have another key in each process, so nobody can choose to be taken
  /// for another.
  private let teller: ToldMemory.Teller
  private var answering: PeerServer?
  private var isGreeted = false

  /// - Parameter descriptor: a connection that was taken in.
  init(_ thread: PeerThread, _ address: ClientAddress, descriptor: Int32) throws(SystemError) {
    self.thread = thread
    self.address = address
    teller = ToldMemory.Teller(truncatingIfNeeded: AddressKey(address).hashValue)
    try super.init(thread.loop, descriptor: descriptor, isConnected: true)
    setDeadline(loop.now + PeerLimits.greeting)
  }

  /// Begins the conversation, with TLS where it is to be.
  func begin() {
    guard thread.identity?.usesTLS == true else { return greet() }
    guard let session = thread.identity?.session(asClient: false, wire: loop.wire) else {
      return lose("TLS cannot begin")
    }
    startTLS(session)
  }

  // MARK: What the thread wants

  /// Answers come from another map from here on.
  func announce(_ map: MapDigest?) {
    answering?.announce(map)
    flush()
  }

  /// Ends it; the other side is told why. The thread is not.
  func end(_ fault: PeerFault) {
    answering?.end(fault)
    flush()
    endOutput()
    close()
  }

  // MARK: What happens

  override func secured() { greet() }

  override func received(_ bytes: Span<UInt8>) {
    guard answering != nil else { return lose(PeerFault.unexpected.rawValue) }
    answering?.feed(bytes)
    do throws(PeerFault) {
      while !isClosed, try answer() {}
    } catch {
      return fail(error)
    }
    flush()
    if !isGreeted, let client = answering?.client {
      isGreeted = true
      thread.welcome(client, at: address)
    }
  }

  override func ended(_ end: End) { thread.lose(self, address, end.description) }

  override func expired() {
    guard answering != nil else { return lose("no greeting in time") }
    do throws(PeerFault) {
      try answering?.tick(now: loop.now)
    } catch {
      return fail(error)
    }
    flush()
  }

  private func greet() {
    answering = PeerServer(thread.party, now: loop.now, using: &thread.random)
    flush()
  }

  /// Answers one line; false where there is none.
  private func answer() throws(PeerFault) -> Bool {
    let (thread, teller) = (thread, teller)
    let didAnswer = try answering?.step(now: loop.now) {
      thread.snapshot?.lookup($0)
    } hear: {
      thread.hear($0, from: teller)
    }
    if let output = answering?.output, output.count >= Self.batch { flush() }
    return didAnswer == true
  }

  private func fail(_ fault: PeerFault) {
    let told = answering?.toldFault
    end(fault)
    // Nothing is wrong with one who says that he leaves, or with ourselves.
    let isQuiet = fault == .itself || told == PeerFault.leaving.rawValue
    thread.lose(self, address, isQuiet ? nil : told.map { "it says: \($0)" } ?? fault.rawValue)
  }

  private func lose(_ reason: String) {
    close()
    thread.lose(self, address, reason)
  }

  private func flush() {
    guard !isClosed, let output = answering?.output, let deadline = answering?.deadline else {
      return
    }
    if !output.isEmpty {
      answering?.output.removeAll(keepingCapacity: true)
      send(output)
    }
    setDeadline(deadline)
  }
}

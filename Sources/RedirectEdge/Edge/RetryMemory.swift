import Glibc
import Routing
import Shared
import Synchronization

/// Who was sent where a moment ago, shared by all workers without a lock: the original's "client retry monitoring".
///
/// A table of single words, each one client's: a tag of (user, address), the node, and the time. Two clients at one place
/// push each other out, which costs a piece of evidence and nothing else. Names are not kept, only a hash under a key of this
/// process.
@safe final class RetryMemory: @unchecked Sendable {
  /// Clients remembered: 512 KiB.
  private static let size = 1 << 16
  /// A word is 28 bits of tag, 12 of the node and 24 of the time in ticks: enough for eleven days.
  private static let timeMask: UInt64 = 0xff_ffff
  private static let nodeMask: UInt64 = 0xfff
  /// Always set in the tag, so that an empty word is nobody's.
  private static let tagMark: UInt64 = 1 << 36
  /// In ms.
  private static let tick: Int64 = 64

  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let key: SipHash.Key

  init(key: (UInt64, UInt64)) {
    self.key = key
    unsafe words = .allocate(capacity: Self.size)
    for i in 0..<Self.size { unsafe (words + i).initialize(to: Atomic(0)) }
  }

  deinit {
    unsafe words.deinitialize(count: Self.size)
    unsafe words.deallocate()
  }

  /// Notes that a client is sent to `node` at `now` (ms). True: it was sent there already less than `window` ms ago, so it
  /// may not have got in.
  func returns(
    _ user: Span<UInt8>, from client: ClientAddress, to node: Int, now: Int64, window: Int64
  ) -> Bool {
    let name = SipHash.hash24(user, key: key)
    let hash = SipHash.hash24(
      name ^ SipHash.hash24(client.high, key: key) &+ client.low, key: key)
    let place = unsafe words + Int(truncatingIfNeeded: hash % UInt64(Self.size))
    let time = UInt64(truncatingIfNeeded: now / Self.tick) & Self.timeMask
    let tag = hash & ~(Self.tagMark - 1) | Self.tagMark
    let word = tag | (UInt64(node) & Self.nodeMask) << 24 | time
    let old = unsafe place.pointee.exchange(word, ordering: .relaxed)
    guard (old ^ word) & ~Self.timeMask == 0 else { return false }
    let age = (time &- old) & Self.timeMask
    return Int64(age) * Self.tick < window
  }
}

/// The original's second way of watching nodes: a client that comes back although it was just sent to a node is evidence
/// against that node. It can only cause a probe.
struct Suspicion: Sendable {
  private let memory: RetryMemory
  private let prober: Prober

  init(_ memory: RetryMemory, _ prober: Prober) {
    self.memory = memory
    self.prober = prober
  }

  /// A node has been suspected: it is probed at once.
  func look() { prober.look() }

  /// Notes that a client is sent to a node, and has the node probed if the client was sent there a moment ago.
  func note(
    _ user: Span<UInt8>, from client: ClientAddress, to node: Int, of snapshot: Snapshot, now: Int64
  ) {
    let window = snapshot.times.retryWindow
    guard window > 0,
      memory.returns(user, from: client, to: node, now: now, window: window),
      snapshot.nodeStates[node].suspect()
    else { return }
    prober.look()
  }
}

import Glibc
import Routing

/// A thread's links: one poller, one clock, and buffers that all links use in turn.
///
/// The owner calls `turn` in a loop, from one thread only.
@safe final class LinkLoop {
  private static let readSize = 16 * 1024
  let poller: Poller
  let wire = TLSWire()
  var timers: TimerWheel
  /// When the last turn began, in `Clock` milliseconds.
  private(set) var now: Int64
  private var links: [Link?] = []
  private var uses: [UInt32] = []
  private var free: [Int] = []
  /// Links that have read their part of what is there, and not all of it: the poller will not tell of them again.
  private var unread: [Link] = []
  let input = UnsafeMutableRawBufferPointer.allocate(
    byteCount: LinkLoop.readSize, alignment: 16)
  /// A TLS record is no longer than a read, and what is left of the one before neither.
  let plain = UnsafeMutableRawBufferPointer.allocate(
    byteCount: 4 * LinkLoop.readSize, alignment: 16)

  init() throws(SystemError) {
    poller = try Poller()
    now = Clock.milliseconds()
    timers = TimerWheel(now: now)
  }

  /// Closes all links; none of them is told.
  func closeAll() {
    for link in links { link?.close() }
  }

  deinit {
    for link in links { link?.release() }
    unsafe input.deallocate()
    unsafe plain.deallocate()
  }

  /// How many links there are.
  var count: Int { links.count - free.count }

  /// Waits until something happens, at most until `deadline` (`Clock` milliseconds; nil: for ever), and lets the links take
  /// it. `mail` and `knock` are called when something is in the mailbox or at the listener that the owner watches.
  func turn(until deadline: Int64?, mail: () -> Void, knock: () -> Void = {}) {
    let before = Clock.milliseconds()
    var sleep = unread.isEmpty ? timers.sleep(now: before) : 0
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
      // Only workers relay.
      case .node: continue
      case .connection(let slot, let use):
        guard let link = links[slot], link.use == use else { continue }
        link.wake(event)
      }
    }
    while let slot = timers.nextExpired(now: now) { links[slot]?.expired() }
    let turn = unread
    unread.removeAll(keepingCapacity: true)
    for link in turn {
      link.isUnread = false
      link.read()
    }
  }

  /// For `Link`: there is more to be read, in the next turn.
  func readOn(_ link: Link) {
    guard !link.isUnread else { return }
    link.isUnread = true
    unread.append(link)
  }

  /// For `Link`.
  func add(_ link: Link) throws(SystemError) {
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

  /// For `Link`.
  func remove(_ link: Link) {
    timers.cancel(link.slot)
    uses[link.slot] = Poller.next(use: link.use)
    links[link.slot] = nil
    free.append(link.slot)
  }
}

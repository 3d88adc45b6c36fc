import CLinux
import Glibc

/// `epoll`, as far as a worker needs it.
@safe final class Poller {
  /// What became ready, packed into the 64 bits that epoll carries.
  enum Source {
    /// Something is in the mailbox.
    case mailbox
    /// A listening socket, by its place among the worker's listeners.
    case listener(Int)
    /// The node's side of a relayed connection, by that connection's slot and use.
    case node(slot: Int, use: UInt32)
    /// A connection: its slot, and the slot's use count, so that a late event is not taken for a new connection's.
    case connection(slot: Int, use: UInt32)
  }

  struct Event {
    let source: Source
    let flags: UInt32
    /// Data, or the other side's end, can be read.
    var isReadable: Bool {
      flags & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
    }
    var isWritable: Bool { flags & EPOLLOUT.rawValue != 0 }
    /// A read that leaves room in its buffer may still not be the last: an end or urgent bytes can be behind it.
    var isUnsteady: Bool {
      flags & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLPRI.rawValue) != 0
    }
    /// The connection is gone, in both directions.
    var isBroken: Bool { flags & EPOLLERR.rawValue != 0 }
  }

  /// Events taken from the kernel at once: enough that a loaded worker's polls cost nothing, 3 KiB.
  private static let batch = 256
  private static let listenerMark: UInt64 = 1 << 63
  private static let mailboxMark = UInt64.max
  /// Slots take 31 bits; the highest of their 32 tells the node's side.
  private static let nodeMark: UInt64 = 1 << 31
  /// Use counts take 31 bits: the highest bit tells listeners.
  private static let lastUse = UInt32.max >> 1

  private static let bothDirections =
    EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLPRI.rawValue
    | EPOLLET.rawValue

  private let descriptor: Int32
  private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Poller.batch)

  init() throws(SystemError) {
    descriptor = epoll_create1(O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("epoll_create1", "poller") }
  }

  deinit {
    Glibc.close(descriptor)
    unsafe events.deallocate()
  }

  /// The use count after `use`.
  static func next(use: UInt32) -> UInt32 {
    use >= lastUse ? 0 : use + 1
  }

  /// Waits for at most `timeout` milliseconds (-1: until something happens); the number of events.
  func wait(timeout: Int64) -> Int {
    let bounded = Int32(clamping: timeout)
    return max(0, Int(unsafe epoll_wait(descriptor, events, Int32(Self.batch), bounded)))
  }

  /// The i-th event of the last wait.
  func event(_ index: Int) -> Event {
    let data = unsafe events[index].data.u64
    let source: Source =
      if data == Self.mailboxMark {
        .mailbox
      } else if data & Self.listenerMark != 0 {
        .listener(Int(data & ~Self.listenerMark))
      } else if data & Self.nodeMark != 0 {
        .node(slot: Int(data & 0x7fff_ffff), use: UInt32(data >> 32))
      } else {
        .connection(slot: Int(data & 0x7fff_ffff), use: UInt32(data >> 32))
      }
    return Event(source: source, flags: unsafe events[index].events)
  }

  func watch(mailbox: Int32) throws(SystemError) {
    guard add(mailbox, Self.mailboxMark, EPOLLIN.rawValue) else {
      throw SystemError("epoll_ctl", "mailbox")
    }
  }

  func watch(listener: Int32, number: Int) throws(SystemError) {
    guard add(listener, Self.listenerMark | UInt64(number), EPOLLIN.rawValue) else {
      throw SystemError("epoll_ctl", "listener")
    }
  }

  /// Makes the poller tell of a watched listener no more, or again.
  func pause(listener: Int32, number: Int, _ isPaused: Bool) {
    let flags = isPaused ? 0 : EPOLLIN.rawValue
    var event = unsafe epoll_event(
      events: flags, data: epoll_data_t(u64: Self.listenerMark | UInt64(number)))
    _ = unsafe epoll_ctl(descriptor, EPOLL_CTL_MOD, listener, &event)
  }

  /// Edge-triggered in both directions, once for the life of the connection; false when the kernel has no room.
  func watch(connection: Int32, slot: Int, use: UInt32) -> Bool {
    add(
      connection, UInt64(use) << 32 | UInt64(slot),
      Self.bothDirections)
  }

  /// The same for the node's side of that connection.
  func watch(node: Int32, slot: Int, use: UInt32) -> Bool {
    add(
      node, UInt64(use) << 32 | Self.nodeMark | UInt64(slot),
      Self.bothDirections)
  }

  private func add(_ target: Int32, _ data: UInt64, _ flags: UInt32) -> Bool {
    var event = unsafe epoll_event(events: flags, data: epoll_data_t(u64: data))
    return unsafe epoll_ctl(descriptor, EPOLL_CTL_ADD, target, &event) == 0
  }
}

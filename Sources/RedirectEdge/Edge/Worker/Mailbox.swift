import CLinux
import Glibc
import Synchronization

/// Messages to a thread without a lock: a list that is pushed by compare-and-swap and taken as a whole, and an eventfd
/// that wakes the thread's poll.
@safe final class Mailbox<Message>: @unchecked Sendable {
  @safe private final class Letter {
    let message: Message
    var next: Unmanaged<Letter>?
    init(_ message: Message) { self.message = message }
  }

  private let newest = Atomic<UInt>(0)
  /// For the thread's poller.
  let wakeUp: Int32

  init() throws(SystemError) {
    wakeUp = eventfd(0, O_NONBLOCK | O_CLOEXEC)
    guard wakeUp >= 0 else { throw SystemError("eventfd", "mailbox") }
  }

  deinit {
    for _ in take() {}
    close(wakeUp)
  }

  /// Hands a message over; what it carries is the other thread's from here on.
  func post(_ message: sending Message) {
    let letter = unsafe Unmanaged.passRetained(Letter(message))
    let bits = unsafe UInt(bitPattern: letter.toOpaque())
    var seen = newest.load(ordering: .relaxed)
    while true {
      unsafe letter._withUnsafeGuaranteedRef { letter in
        unsafe letter.next = UnsafeRawPointer(bitPattern: seen).map { unsafe .fromOpaque($0) }
      }
      let (exchanged, current) = newest.weakCompareExchange(
        expected: seen, desired: bits, ordering: .acquiringAndReleasing)
      if exchanged { break }
      seen = current
    }
    wake()
  }

  /// Wakes the thread without a message.
  func wake() {
    var one: UInt64 = 1
    _ = unsafe write(wakeUp, &one, 8)
  }

  /// All messages since the last time, oldest first. For the thread only.
  func take() -> [Message] {
    var count: UInt64 = 0
    _ = unsafe read(wakeUp, &count, 8)
    var messages: [Message] = []
    var bits = newest.exchange(0, ordering: .acquiring)
    while let pointer = unsafe UnsafeRawPointer(bitPattern: bits) {
      let letter = unsafe Unmanaged<Letter>.fromOpaque(pointer).takeRetainedValue()
      messages.append(letter.message)
      bits = unsafe letter.next.map { unsafe UInt(bitPattern: $0.toOpaque()) } ?? 0
    }
    return messages.reversed()
  }
}

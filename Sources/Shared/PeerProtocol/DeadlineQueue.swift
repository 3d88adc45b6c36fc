/// Deadlines in the order of their time: a binary heap. What has become pointless stays until its time comes; whoever
/// takes it out knows.
struct DeadlineQueue: Sendable {
  struct Deadline: Equatable, Sendable {
    let time: Int64
    let question: UInt64
    /// Which of the question's tries it bounds.
    let attempt: Int
  }

  private var heap: [Deadline] = []

  /// The earliest time; nil where there is none.
  var first: Int64? { heap.first?.time }

  mutating func insert(_ deadline: Deadline) {
    heap.append(deadline)
    var child = heap.count - 1
    while child > 0, heap[child].time < heap[(child - 1) / 2].time {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes one out whose time has come.
  mutating func removeFirst(due now: Int64) -> Deadline? {
    guard let first = heap.first, first.time <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].time < heap[least].time {
        least = child
      }
      if least == parent { return first }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}

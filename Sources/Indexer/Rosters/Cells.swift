/// A fixed number of plain values in one piece of memory, which nobody else refers to.
///
/// For the tables that every name and every entry of a roster goes through: an array asks at each access whether it is shared,
/// and whether the index is right. Here whoever makes the index argues that it is; debug builds check.
@safe struct Cells<Value: BitwiseCopyable & Sendable>: ~Copyable, @unchecked Sendable {
  let count: Int
  private let first: UnsafeMutablePointer<Value>

  init(count: Int, repeating value: Value, advice: MemoryAdvice = .none) {
    self.count = count
    let memory = unsafe advice.allocate(byteCount: max(count, 1) * MemoryLayout<Value>.stride)
    unsafe first = memory.assumingMemoryBound(to: Value.self)
    unsafe first.initialize(repeating: value, count: count)
  }

  deinit { unsafe first.deallocate() }

  subscript(index: Int) -> Value {
    @inline(__always) get {
      assert(index >= 0 && index < count)
      return unsafe first[index]
    }
    @inline(__always) nonmutating set {
      assert(index >= 0 && index < count)
      unsafe first[index] = newValue
    }
  }

  /// The values in `range`, to be put in order or read as a whole.
  @inline(__always)
  func withValues<Result>(
    in range: Range<Int>, _ body: (UnsafeMutableBufferPointer<Value>) -> Result
  ) -> Result {
    assert(range.lowerBound >= 0 && range.upperBound <= count)
    return unsafe body(
      UnsafeMutableBufferPointer(start: first + range.lowerBound, count: range.count))
  }
}

/// Bytes among which there may be a password: nothing of them stays in memory that nobody owns any more.
extension [UInt8] {
  /// Overwrites all bytes and lets go of them. Not inlined: the compiler must not see that nobody reads them again.
  @inline(never)
  public mutating func wipe(keepingCapacity: Bool = false) {
    for index in indices { self[index] = 0 }
    removeAll(keepingCapacity: keepingCapacity)
  }

  /// Makes room for `capacity` bytes. An array that grows by itself leaves behind what it held.
  public mutating func reserveWiping(_ capacity: Int) {
    guard capacity > self.capacity else { return }
    var larger: [UInt8] = []
    larger.reserveCapacity(capacity)
    larger += self
    wipe()
    self = larger
  }
}

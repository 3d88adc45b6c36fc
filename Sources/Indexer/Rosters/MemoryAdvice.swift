/// What is told to the system of large tables that are looked up in no order: where it gives them large pages, each look-up waits
/// for less.
@safe public struct MemoryAdvice: Sendable {
  private let tell: (@Sendable (UnsafeMutableRawBufferPointer) -> Void)?

  /// The system is told nothing.
  public static let none = unsafe MemoryAdvice(tell: nil)

  /// `tell` gets every large piece of memory before it is used.
  public init(_ tell: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void) {
    unsafe self.init(tell: tell)
  }

  private init(tell: (@Sendable (UnsafeMutableRawBufferPointer) -> Void)?) {
    unsafe self.tell = tell
  }

  /// Large pages of the usual processors; smaller tables fit their caches anyway.
  private static let pageSize = 2 << 20

  /// Memory that whoever gets it gives back.
  func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    guard let tell = unsafe tell, byteCount >= 2 * Self.pageSize else {
      return .allocate(byteCount: byteCount, alignment: 64)
    }
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: byteCount, alignment: Self.pageSize)
    unsafe tell(UnsafeMutableRawBufferPointer(start: memory, count: byteCount))
    return unsafe memory
  }
}

/// What must be remembered of the prefixes that the stream's start tag bound: its bytes are gone when
/// the children come.
struct StreamPrefixes: Equatable {
  /// A hash of the stream's own prefix, which its end tag and `stream:error` repeat. A client that
  /// makes two prefixes collide deceives only itself.
  private var stream: UInt32 = 0
  /// Others were bound too. Names with such a prefix are let through and mean nothing here.
  private(set) var hasOthers = false

  init() {}

  init(stream: Span<UInt8>, hasOthers: Bool) {
    self.stream = Self.hash(stream)
    self.hasOthers = hasOthers
  }

  func isStream(_ prefix: Span<UInt8>) -> Bool {
    Self.hash(prefix) == stream
  }

  /// FNV-1a.
  private static func hash(_ bytes: Span<UInt8>) -> UInt32 {
    var hash: UInt32 = 2_166_136_261
    for index in bytes.indices { hash = (hash ^ UInt32(bytes[index])) &* 16_777_619 }
    return hash
  }
}

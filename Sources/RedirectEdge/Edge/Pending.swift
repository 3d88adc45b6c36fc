import Routing

/// An answer that may not leave yet.
struct Pending {
  /// What will be said.
  enum Word {
    /// `host:port` in a `<see-other-host/>`.
    case redirect([UInt8])
    /// There is no node.
    case noNode
  }

  /// When it may leave, in the worker's milliseconds: `redirect.cover` after the user was known.
  let leaves: Int64
  /// nil: it is not known yet.
  var word: Word?
}

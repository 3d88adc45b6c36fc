import Shared

import Routing

/// An answer that is not known yet, or may not leave yet.
struct Pending {
  /// What will be said.
  enum Word {
    /// `host:port` in a `<see-other-host/>`.
    case redirect([UInt8])
    /// Nothing: the client's bytes are passed on.
    case relay(Route)
    /// There is no node.
    case noNode
  }

  /// What is still asked of peers.
  struct Question {
    /// The user, canonical.
    let user: [UInt8]
    /// Where the provider chain goes on if no peer knows the user.
    let next: Int
  }

  enum State {
    case asking(Question)
    case covered(Word)
  }

  var state: State
  /// When the answer may leave, in the worker's milliseconds: `redirect.cover` after the user was known.
  let leaves: Int64
}

import Shared

/// Buffers that the worker owns and all its conversations use in turn, so that none allocates.
///
/// Between two calls of one conversation another may have used them: what must last is in the
/// `Conversation`. The two public arrays are what the call before left for its caller.
public struct Workspace {
  /// What must be sent, appended to; the caller empties it.
  public var output: [UInt8] = []
  /// After `.identified`: the user's canonical bare JID. After `.nobody`: bytes that stand for the name, always the same
  /// for the same name and no user's.
  public internal(set) var user: [UInt8] = []
  /// What `user` holds is no user's name.
  var isNobody = false

  /// The elements of the unit at hand.
  var markup = Markup()
  /// A name, unescaped and not yet canonical.
  var name: [UInt8] = []
  /// A domain, canonical.
  var domain: [UInt8] = []
  /// A decoded SASL message. It may hold a password: wiped before the call that filled it returns.
  var message: [UInt8] = []
  /// The domain of the last stream when any is served: the streams of one domain share its bytes.
  var lastDomain: [UInt8] = []

  /// Room for what the default limits let in.
  public init() {
    output.reserveCapacity(1024)
    user.reserveCapacity(256)
    name.reserveCapacity(256)
    domain.reserveCapacity(256)
    message.reserveCapacity(8192)
  }

  /// The SASL message was used.
  mutating func wipeMessage() {
    message.wipe(keepingCapacity: true)
  }
}

/// What an edge remembers of one client, in one word, so that a table of them can be shared without a lock.
///
///     27 bits tag | 1 the client does not follow | 12 node | 24 time in ticks of 64 ms
///
/// The tag is the upper part of a keyed hash of the client: two clients of one place in a table are taken for each other once
/// in 67 million. The time goes round after twelve days; what is older may look younger, so nothing may be believed for
/// longer than a week (`redirect.auto.forget`).
public struct ClientRecord: RawRepresentable, Equatable, Sendable {
  /// The word; 0 is nobody's.
  public let rawValue: UInt64

  private static let timeMask: UInt64 = 0xff_ffff
  private static let nodeMask: UInt64 = 0xfff
  private static let nodeShift: UInt64 = 24
  private static let doesNotFollowMark: UInt64 = 1 << 36
  /// Always set in the tag, so that an empty word is nobody's.
  private static let tagMark: UInt64 = 1 << 37
  private static let tagMask: UInt64 = ~(tagMark - 1)
  /// In ms.
  private static let tick: Int64 = 64
  /// Ticks by which the clocks of two threads may differ: a second.
  private static let ahead: UInt64 = 16

  /// A word of a table.
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  private init(_ client: UInt64, node: UInt64, mark: UInt64, at now: Int64) {
    let time = UInt64(truncatingIfNeeded: now / Self.tick) & Self.timeMask
    rawValue = client & Self.tagMask | Self.tagMark | mark | node << Self.nodeShift | time
  }

  /// The client is sent to `node` (an index into the pool) at `now`, in ms. `client` is its keyed hash.
  public static func redirected(_ client: UInt64, to node: Int, at now: Int64) -> Self {
    Self(client, node: UInt64(node) & nodeMask, mark: 0, at: now)
  }

  /// It has shown by `now` that it does not go where it is sent.
  public static func doesNotFollow(_ client: UInt64, at now: Int64) -> Self {
    Self(client, node: 0, mark: doesNotFollowMark, at: now)
  }

  /// The empty word.
  public static let nobody = Self(rawValue: 0)

  /// Nobody's.
  public var isEmpty: Bool { rawValue == 0 }

  /// It does not go where it is sent.
  public var doesNotFollow: Bool { rawValue & Self.doesNotFollowMark != 0 }

  /// Whether it has been seen less than `forget` ms ago not to go where it is sent.
  public func provesNotFollowing(at now: Int64, within forget: Int64) -> Bool {
    doesNotFollow && age(at: now) < forget
  }

  /// Whether it is of the client with this keyed hash.
  public func isOf(_ client: UInt64) -> Bool {
    rawValue & Self.tagMask == client & Self.tagMask | Self.tagMark
  }

  /// How long ago it was made, in ms.
  public func age(at now: Int64) -> Int64 {
    let time = UInt64(truncatingIfNeeded: now / Self.tick)
    let ticks = (time &- rawValue) & Self.timeMask
    // Another thread has made it a moment after this one has looked at the clock.
    return ticks > Self.timeMask - Self.ahead ? 0 : Int64(ticks) * Self.tick
  }

  /// How much it would be missed: who does not follow is remembered before anybody who may; of the same kind, who came
  /// last. `forget`: in ms, the age at which the former is of no use any more.
  public func worth(at now: Int64, forget: Int64) -> Int64 {
    if isEmpty { return .min }
    let age = age(at: now)
    return provesNotFollowing(at: now, within: forget) ? .max - 1 - age : -age
  }

  /// Whether a client that is there at `now` was sent to `node` less than `window` ms ago, so that it may not have got in.
  public func returns(from node: Int, at now: Int64, within window: Int64) -> Bool {
    !isEmpty && !doesNotFollow
      && rawValue >> Self.nodeShift & Self.nodeMask == UInt64(node) & Self.nodeMask
      && age(at: now) < window
  }
}

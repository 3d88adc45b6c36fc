/// How long to leave a peer alone after it has failed: twice as long each time, within bounds, and never in step with
/// others.
public struct PeerBackoff: Sendable {
  /// The first pause, in ms.
  static let shortest: Int64 = 1_000
  /// The longest, in ms.
  static let longest: Int64 = 60_000

  private var failures = 0

  /// Nothing has failed yet.
  public init() {}

  /// The pause after one more failure, in ms: moved by up to a quarter either way, so that edges that lose the same
  /// peer do not come back to it together.
  public mutating func pause(using random: inout some RandomNumberGenerator) -> Int64 {
    // 2^6 s is above the bound.
    let pause = min(Self.longest, Self.shortest << Int64(min(failures, 6)))
    failures += 1
    return pause - pause / 4 + Int64.random(in: 0...(pause / 2), using: &random)
  }

  /// It has worked.
  public mutating func reset() {
    failures = 0
  }
}

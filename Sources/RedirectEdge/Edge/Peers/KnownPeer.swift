import PeerProtocol

/// One address of `redirect.peers`, and what this edge has to do with it.
final class KnownPeer {
  let id: PeerPolicy.PeerID
  let address: SocketAddress
  /// nil: between two attempts.
  var link: PeerClientLink?
  /// When the next attempt is due.
  var due: Int64
  /// When the greeting was over, while there is a connection.
  var readySince: Int64?
  /// Why the last connection ended, as far as it was said: the same reason is not said at every attempt.
  var complaint: String?
  private var backoff = PeerBackoff()

  init(_ id: PeerPolicy.PeerID, _ address: SocketAddress, now: Int64) {
    self.id = id
    self.address = address
    due = now
  }

  /// The connection, or the attempt at one, is over.
  ///
  /// - Parameter reason: not said again if it was said last.
  /// - Returns: whether it is new.
  func lose(_ reason: String, now: Int64, using random: inout Generator) -> Bool {
    // Who was there for a while is not one who fails again and again.
    if let readySince, now - readySince >= PeerLimits.idle { backoff.reset() }
    link = nil
    readySince = nil
    due = now + backoff.pause(using: &random)
    defer { complaint = reason }
    return complaint != reason
  }

  /// Nothing is to be had there for long: it is this edge itself, or one that is connected already.
  func rest(now: Int64) {
    due = max(due, now + Self.rest)
  }

  /// How long, in ms: the address may become another edge's.
  private static let rest: Int64 = 60_000
}

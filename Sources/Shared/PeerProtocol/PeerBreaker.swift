/// Whether a peer is asked at all: one that has failed some times in a row is not, for a pause that grows; then a single
/// query tries it.
struct PeerBreaker: Sendable {
  /// Failures in a row after which a peer is left alone: one may be chance, each costs some user a part of the budget.
  static let failures = 3

  private enum State {
    case closed(failures: Int)
    case open(until: Int64)
    /// One query is on its way; if nobody tells how it went until then, the next one may try.
    case trying(until: Int64)
  }

  private var state = State.closed(failures: 0)
  private var backoff = PeerBackoff()

  /// Whether a query may be sent now.
  func admits(now: Int64) -> Bool {
    switch state {
    case .closed: true
    case .open(let until), .trying(let until): now >= until
    }
  }

  /// When it will admit a query again; nil: it does already, whatever the time.
  var reopens: Int64? {
    switch state {
    case .closed: nil
    case .open(let until), .trying(let until): until
    }
  }

  /// A query is sent that will have come to something before `end`.
  mutating func send(end: Int64) {
    if case .open = state { state = .trying(until: end) }
    if case .trying = state { state = .trying(until: end) }
  }

  mutating func succeed() {
    state = .closed(failures: 0)
    backoff.reset()
  }

  mutating func fail(now: Int64, using random: inout some RandomNumberGenerator) {
    switch state {
    case .closed(let failures) where failures + 1 < Self.failures:
      state = .closed(failures: failures + 1)
    case .closed, .trying:
      state = .open(until: now + backoff.pause(using: &random))
    case .open:
      // An earlier query of those that opened it.
      break
    }
  }
}

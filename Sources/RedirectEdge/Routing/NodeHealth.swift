/// Whether a node can serve, as its probes tell: a pure value; the clock and the jitter come in as arguments.
///
/// Rise and fall are one integer, as HAProxy counts them (`check-t.h`): below `rise` the node is down, from there up to
/// `rise + fall - 1` it is up. A success of a node that is up, and a failure of one that is down, lead back to the end of the
/// scale, so only results in a row count.
///
///     0 ... rise - 1        down     (0: surely)
///     rise ... rise+fall-1  up       (rise + fall - 1: surely)
///
/// Full probes are probes that go on from the header to the features of one hosted domain. They may fail where the header came
/// (a broken certificate, a domain that is not served): that counts per domain, and takes the node down when no domain gets
/// through. What an administrator wants of the node is kept elsewhere.
public struct NodeHealth: Sendable {
  /// Milliseconds and counts; see the configuration keys `redirect.probe.*`.
  public struct Settings: Equatable, Sendable {
    /// Between two probes of a node that is surely up.
    public var steady: Int64
    /// Between two probes of a node in doubt.
    public var changing: Int64
    /// Between two probes of a node that is surely down.
    public var down: Int64
    /// Failures in a row that take a node down; at least 1.
    public var fall: Int
    /// Successes in a row that bring it back; at least 1.
    public var rise: Int
    /// The time in which every domain has one full probe; 0: none.
    public var full: Int64
    /// Hosted domains; at least 1: where none is configured the node is asked for its own.
    public var domains: Int
    /// How long a node takes to get all of its users back.
    public var comeback: Int64

    /// What is out of bounds is brought to the bound.
    public init(
      steady: Int64, changing: Int64, down: Int64, fall: Int, rise: Int, full: Int64, domains: Int,
      comeback: Int64
    ) {
      self.steady = steady
      self.changing = changing
      self.down = down
      self.fall = max(1, fall)
      self.rise = max(1, rise)
      self.full = full
      self.domains = max(1, domains)
      self.comeback = comeback
    }
  }

  /// How far a probe goes.
  public enum Depth: Equatable, Sendable {
    /// To the stream header.
    case header
    /// Through TLS to the features of a hosted domain, by its index.
    case full(domain: Int)
  }

  /// What a probe found.
  public enum Result: Equatable, Sendable {
    /// It got as far as it should.
    case passed
    /// It got the header, and not what it wanted then.
    case passedHeaderOnly
    /// It got no header.
    case failed
    /// What answers is an edge and no node. Its headers are as good as a node's, so from here on only a full probe counts.
    case edge
  }

  /// What a result has changed.
  public enum Change: Equatable, Sendable {
    case none
    case wentDown
    case cameUp
  }

  /// What it goes by; see `adopt`.
  public private(set) var settings: Settings
  private var score: Int
  /// Whether any probe has told something: the first decides alone.
  private var isProven = false
  /// When it came back; nil: it was always up, as far as is known.
  private var upSince: Int64?
  /// Since when it is down; nil: it is up.
  public private(set) var downSince: Int64?
  /// Full probes in a row that each domain has failed.
  private var failures: [Int]
  private var nextDomain = 0
  private var fullDue: Int64
  /// Domains that have not been looked at yet: they come one after the other, because what a node offers to their clients must
  /// be known before those come.
  private var unseen: Int

  /// A node of which nothing is known counts as up: an edge that has just started must answer.
  public init(_ settings: Settings, now: Int64) {
    self.settings = settings
    score = settings.rise + settings.fall - 1
    failures = Array(repeating: 0, count: settings.domains)
    // The first full probe comes soon: what a node offers must be known.
    fullDue = now
    unseen = settings.domains
  }

  /// Between the first full probes of a node's domains, in ms.
  private static let firstRound: Int64 = 50

  private var top: Int { settings.rise + settings.fall - 1 }

  /// Whether clients may be sent there.
  public var isUp: Bool { score >= settings.rise }

  /// Whether the header comes and no domain gets through to its features.
  public var isBroken: Bool { failures.allSatisfy { $0 >= settings.fall } }

  /// What the node takes at `now`.
  public func share(now: Int64) -> Share {
    guard isUp else { return .none }
    guard let upSince, settings.comeback > 0, now < upSince + settings.comeback else { return .all }
    let parts = (now - upSince) * Int64(Share.all.parts) / settings.comeback
    // Never nothing: it is up, and may be the only one.
    return Share(parts: UInt32(max(1, parts)))
  }

  /// Whether `share` will grow by itself.
  public func isReturning(now: Int64) -> Bool {
    let share = share(now: now)
    return share != .none && share != .all
  }

  /// How far the probe that begins now shall go.
  public mutating func begin(now: Int64) -> Depth {
    guard settings.full > 0 else { return .header }
    guard isBroken || now >= fullDue && isUp else { return .header }
    let domain = failures.firstIndex { $0 > 0 && $0 < settings.fall } ?? nextDomain
    nextDomain = (domain + 1) % settings.domains
    unseen = max(0, unseen - 1)
    fullDue = unseen > 0 ? now : now + fullInterval
    return .full(domain: domain)
  }

  /// Takes what a probe has found. `isDecisive`: a client's return has caused it, so a failure needs no second.
  public mutating func finish(
    _ depth: Depth, _ result: Result, isDecisive: Bool, now: Int64
  ) -> Change {
    let wasUp = isUp
    if case .full(let domain) = depth { count(result, of: domain, now: now) }
    if result == .edge, settings.full > 0 { failures = failures.map { _ in settings.fall } }
    if result == .passed || result == .passedHeaderOnly, !isBroken {
      score = wasUp ? top : score + 1
      if isUp { score = top }
    } else {
      let isEnough = isDecisive || !isProven || isBroken || !wasUp
      score = isEnough ? 0 : score - 1
      if !isUp { score = 0 }
    }
    isProven = true
    switch (wasUp, isUp) {
    case (true, false):
      downSince = now
      return .wentDown
    case (false, true):
      // It was down: its users come back bit by bit.
      upSince = now
      downSince = nil
      return .cameUp
    default: return .none
    }
  }

  /// What full probes have found is believed no more: each domain has another one as soon as the node is up.
  public mutating func lookAgain(now: Int64) {
    unseen = settings.domains
    fullDue = now
  }

  /// What a full probe says of its domain.
  private mutating func count(_ result: Result, of domain: Int, now: Int64) {
    guard domain < failures.count, result == .passed || result == .passedHeaderOnly else { return }
    failures[domain] = result == .passed ? 0 : failures[domain] + 1
    // In doubt: the same domain again with the next probe.
    if isInDoubt { fullDue = now }
  }

  /// Some domain has failed, and not often enough to be sure.
  private var isInDoubt: Bool { failures.contains { $0 > 0 && $0 < settings.fall } }

  /// Milliseconds from the beginning of one probe to that of the next. `jitter` is any random number: it moves the time by
  /// up to a tenth, so that the edges of a deployment do not probe in step.
  public func interval(jitter: UInt64) -> Int64 {
    let interval =
      switch score {
      case top where unseen > 0 && settings.full > 0: min(Self.firstRound, settings.steady)
      case top: isInDoubt ? settings.changing : settings.steady
      case 0: settings.down
      default: settings.changing
      }
    return Self.jittered(interval, by: jitter)
  }

  /// A time moved by up to a tenth.
  public static func jittered(_ interval: Int64, by jitter: UInt64) -> Int64 {
    let width = interval / 5
    return interval - width / 2 + Int64(jitter % UInt64(width + 1))
  }

  /// Goes by new settings from here on; what was known stays true. `hasOtherDomains`: what full probes have found is not
  /// about the domains of the new settings.
  public mutating func adopt(_ new: Settings, hasOtherDomains: Bool = false, now: Int64) {
    let isOther = hasOtherDomains || new.domains != settings.domains
    guard isOther || new != settings else { return }
    let wasUp = isUp
    let old = settings
    settings = new
    // Without full probes nothing could ever clear them.
    if isOther || new.full <= 0 {
      failures = Array(repeating: 0, count: new.domains)
      nextDomain = 0
      if isOther { unseen = new.domains }
    } else {
      // Who had failed often enough has still.
      failures = failures.map { $0 >= old.fall ? new.fall : min($0, new.fall - 1) }
    }
    fullDue = isOther || old.full <= 0 ? now : min(fullDue, now + fullInterval)
    if new.rise != old.rise || new.fall != old.fall { score = wasUp ? top : 0 }
  }

  /// From one full probe to the next, which is of another domain.
  private var fullInterval: Int64 { max(settings.full / Int64(settings.domains), 1) }
}

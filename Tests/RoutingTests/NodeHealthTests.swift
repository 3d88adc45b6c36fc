import Routing
import SeededNumbers
import Testing

/// Rise and fall, intervals and full probes, in virtual time.
@Suite struct NodeHealthTests {
  static let settings = NodeHealth.Settings(
    steady: 1000, changing: 500, down: 2000, fall: 2, rise: 2, full: 30_000, domains: 1,
    comeback: 10_000)

  /// A node under `settings` with its probes' answers; the clock goes from probe to probe.
  struct Run {
    var health: NodeHealth
    var now: Int64 = 1000
    var changes: [NodeHealth.Change] = []

    init(_ settings: NodeHealth.Settings = NodeHealthTests.settings) {
      health = NodeHealth(settings, now: 1000)
    }

    /// One probe; how far it went.
    @discardableResult
    mutating func probe(_ result: NodeHealth.Result, isDecisive: Bool = false) -> NodeHealth.Depth {
      let depth = health.begin(now: now)
      changes.append(health.finish(depth, result, isDecisive: isDecisive, now: now))
      now += health.interval(jitter: 100)
      return depth
    }
  }

  @Test func anUnknownNodeIsUpAndItsFirstProbeDecides() {
    var run = Run()
    #expect(run.health.isUp)
    #expect(run.health.share(now: 0) == .all)
    run.probe(.failed)
    #expect(run.changes == [.wentDown])
    #expect(run.health.share(now: run.now) == .none)
  }

  @Test func onlyFailuresInARowCount() {
    var run = Run()
    for _ in 0..<5 {
      run.probe(.passed)
      run.probe(.failed)
    }
    #expect(run.health.isUp)
    run.probe(.failed)
    #expect(!run.health.isUp)
    #expect(run.changes.filter { $0 != .none } == [.wentDown])
  }

  @Test func onlySuccessesInARowBringBack() {
    var run = Run()
    run.probe(.failed)
    for _ in 0..<5 {
      run.probe(.passed)
      run.probe(.failed)
    }
    #expect(!run.health.isUp)
    run.probe(.passed)
    run.probe(.passed)
    #expect(run.health.isUp)
    #expect(run.changes.filter { $0 != .none } == [.wentDown, .cameUp])
  }

  @Test func aClientsEvidenceNeedsOneFailureAndNoMore() {
    var run = Run()
    run.probe(.passed)
    run.probe(.passed, isDecisive: true)
    #expect(run.health.isUp)
    run.probe(.failed, isDecisive: true)
    #expect(!run.health.isUp)
  }

  @Test func threeIntervals() {
    var run = Run()
    run.probe(.passed)
    #expect(run.health.interval(jitter: 100) == 1000)
    run.probe(.failed)
    #expect(run.health.interval(jitter: 50) == 500)
    run.probe(.failed)
    #expect(run.health.interval(jitter: 200) == 2000)
    run.probe(.passed)
    #expect(run.health.interval(jitter: 50) == 500)
    for jitter in [0, 1, 17, 12345, UInt64.max] {
      #expect((450...550).contains(run.health.interval(jitter: jitter)))
    }
  }

  @Test func usersComeBackOverTime() {
    var run = Run()
    run.probe(.failed)
    run.probe(.passed)
    let back = run.now
    run.probe(.passed)
    #expect(run.changes.last == .cameUp)
    #expect(run.health.share(now: back).parts == 1)
    #expect(run.health.share(now: back + 5000).parts == 512)
    #expect(run.health.isReturning(now: back + 9999))
    #expect(run.health.share(now: back + 10_000) == .all)
    #expect(!run.health.isReturning(now: back + 10_000))
  }

  @Test func aFullProbeOfEachDomainInEachPeriod() {
    var settings = Self.settings
    settings.domains = 3
    var run = Run(settings)
    var full: [Int: Int] = [:]
    // Nothing is known yet: one after the other.
    for domain in 0..<3 { #expect(run.probe(.passed) == .full(domain: domain)) }
    #expect(run.now < 2500)
    let begin = run.now
    var headers = 0
    while run.now < begin + 90_000 {
      switch run.probe(.passed) {
      case .full(let domain): full[domain, default: 0] += 1
      case .header: headers += 1
      }
    }
    // Then one each ten seconds.
    #expect(full.values.allSatisfy { $0 == 3 } && full.count == 3)
    #expect((80...82).contains(headers))
  }

  @Test func noFullProbesAtZero() {
    var settings = Self.settings
    settings.full = 0
    var run = Run(settings)
    for _ in 0..<100 { #expect(run.probe(.passed) == .header) }
  }

  @Test func oneDomainThatIsNotServedDoesNotTakeTheNodeDown() {
    var settings = Self.settings
    settings.domains = 2
    var run = Run(settings)
    while run.now < 200_000 {
      let depth = run.health.begin(now: run.now)
      let result: NodeHealth.Result = depth == .full(domain: 1) ? .passedHeaderOnly : .passed
      #expect(run.health.finish(depth, result, isDecisive: false, now: run.now) == .none)
      run.now += run.health.interval(jitter: 7)
    }
    #expect(run.health.isUp)
    #expect(!run.health.isBroken)
  }

  /// The port answers, TLS does not: clients could not log in.
  @Test func aNodeWhoseDomainsAllFailIsDownUntilOneGetsThrough() {
    var run = Run()
    run.probe(.passed)
    run.now = 40_000
    #expect(run.probe(.passedHeaderOnly) == .full(domain: 0))
    #expect(run.health.isUp)
    #expect(run.probe(.passedHeaderOnly) == .full(domain: 0))
    #expect(!run.health.isUp)
    #expect(run.changes.last == .wentDown)
    // A header alone does not bring it back.
    #expect(run.probe(.passedHeaderOnly) == .full(domain: 0))
    #expect(!run.health.isUp)
    #expect(run.probe(.passed) == .full(domain: 0))
    run.probe(.passed)
    #expect(run.health.isUp)
    #expect(run.changes.last == .cameUp)
  }

  @Test func sinceWhenItIsDown() {
    var run = Run()
    run.probe(.passed)
    #expect(run.health.downSince == nil)
    run.probe(.failed)
    #expect(run.health.downSince == nil)
    let end = run.now
    for _ in 0..<5 { run.probe(.failed) }
    #expect(run.health.downSince == end)
    for _ in 0..<2 { run.probe(.passed) }
    #expect(run.health.isUp && run.health.downSince == nil)
  }

  /// What it offered before its end says nothing of what it offers now.
  @Test func afterLongEachDomainIsLookedAtAgain() {
    var settings = Self.settings
    settings.domains = 3
    var run = Run(settings)
    for _ in 0..<4 { run.probe(.passed) }
    for _ in 0..<20 { run.probe(.failed) }
    run.health.lookAgain(now: run.now)
    for _ in 0..<2 { #expect(run.probe(.passed) == .header) }
    #expect(run.health.isUp)
    let up = run.now
    let depths = (0..<3).map { _ in run.probe(.passed) }
    #expect(Set(depths.map { "\($0)" }).count == 3 && !depths.contains(.header))
    #expect(run.now - up < settings.steady + 200)
    #expect(run.probe(.passed) == .header)
  }

  @Test func newSettingsKeepWhatIsKnown() {
    var run = Run()
    run.probe(.failed)
    var settings = Self.settings
    settings.rise = 4
    settings.fall = 5
    settings.domains = 7
    run.health.adopt(settings, now: run.now)
    #expect(!run.health.isUp)
    for _ in 0..<4 { run.probe(.passed) }
    #expect(run.health.isUp)
    run.health.adopt(Self.settings, now: run.now)
    #expect(run.health.isUp)
  }

  /// An edge's header is as good as a node's: headers do not bring it back.
  @Test func anEdgeIsNoNodeUntilAFullProbeFindsOne() {
    var settings = Self.settings
    settings.domains = 3
    var run = Run(settings)
    run.probe(.edge)
    #expect(run.changes == [.wentDown])
    for _ in 0..<50 {
      #expect(run.probe(.edge) != .header)
      #expect(!run.health.isUp)
    }
    for _ in 0..<2 { run.probe(.passed) }
    #expect(run.health.isUp)
  }

  /// Files change all the time; a dead node must go down all the same.
  @Test func theSameSettingsAgainChangeNothing() {
    var run = Run()
    run.probe(.passed)
    run.probe(.failed)
    run.health.adopt(Self.settings, now: run.now)
    run.probe(.failed)
    #expect(!run.health.isUp)
    run.probe(.passed)
    run.health.adopt(Self.settings, now: run.now)
    run.probe(.passed)
    #expect(run.health.isUp)
  }

  @Test func withoutFullProbesABrokenNodeIsJudgedByItsHeader() {
    var run = Run()
    for _ in 0..<3 { run.probe(.passedHeaderOnly) }
    #expect(run.health.isBroken && !run.health.isUp)
    var settings = Self.settings
    settings.full = 0
    run.health.adopt(settings, now: run.now)
    for _ in 0..<2 { #expect(run.probe(.passed) == .header) }
    #expect(run.health.isUp)
    // And with them again the next probe is one.
    run.health.adopt(Self.settings, now: run.now)
    #expect(run.probe(.passed) == .full(domain: 0))
  }

  @Test func aShorterTimeBetweenFullProbesCountsAtOnce() {
    var settings = Self.settings
    settings.full = 86_400_000
    var run = Run(settings)
    #expect(run.probe(.passed) == .full(domain: 0))
    run.health.adopt(Self.settings, now: run.now)
    run.now += 30_000
    #expect(run.probe(.passed) == .full(domain: 0))
  }

  /// What was found is about the old domains, even where there are as many new ones.
  @Test func otherDomainsAreAskedAnew() {
    var run = Run()
    for _ in 0..<3 { run.probe(.passedHeaderOnly) }
    #expect(run.health.isBroken)
    run.health.adopt(Self.settings, hasOtherDomains: true, now: run.now)
    #expect(!run.health.isBroken)
    for _ in 0..<2 { run.probe(.passed) }
    #expect(run.health.isUp)
    #expect(run.probe(.passedHeaderOnly) == .full(domain: 0))
  }

  @Test func aBrokenNodeStaysBrokenUnderAnotherFall() {
    var run = Run()
    for _ in 0..<3 { run.probe(.passedHeaderOnly) }
    var settings = Self.settings
    settings.fall = 5
    run.health.adopt(settings, now: run.now)
    #expect(run.health.isBroken)
    #expect(run.probe(.passedHeaderOnly) == .full(domain: 0))
    #expect(!run.health.isUp)
  }

  @Test func timesOfADayDoNotOverflow() {
    let day: Int64 = 86_400_000
    var run = Run(
      NodeHealth.Settings(
        steady: day, changing: day, down: day, fall: 100, rise: 100, full: day, domains: 1000,
        comeback: day))
    // The first round goes faster.
    for _ in 0..<1000 { run.probe(.passed) }
    for result in [NodeHealth.Result.passed, .failed, .passedHeaderOnly, .edge] {
      for _ in 0..<120 {
        run.probe(result)
        #expect((day * 9 / 10...day * 11 / 10).contains(run.health.interval(jitter: .max)))
        #expect(run.health.share(now: run.now).parts <= 1024)
      }
    }
  }

  /// Whatever probes say: the share is nothing exactly while the node is down, and every state can be left.
  @Test(arguments: 0..<50) func anyHistory(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var settings = Self.settings
    settings.fall = 1 + seed % 4
    settings.rise = 1 + seed / 4 % 4
    settings.domains = 1 + seed % 3
    var run = Run(settings)
    for _ in 0..<300 {
      let result: NodeHealth.Result = [
        .passed, .passed, .passed, .passedHeaderOnly, .passedHeaderOnly, .failed, .failed, .edge,
      ][Int(random.next() % 8)]
      run.probe(result, isDecisive: random.next() % 16 == 0)
      #expect((run.health.share(now: run.now) == .none) == !run.health.isUp)
      #expect(run.health.interval(jitter: random.next()) > 0)
    }
    for _ in 0..<(settings.rise + settings.domains * settings.fall + 40) { run.probe(.passed) }
    #expect(run.health.isUp)
    for _ in 0..<settings.fall { run.probe(.failed) }
    #expect(!run.health.isUp)
  }
}

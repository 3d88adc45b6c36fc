import Routing
import SeededNumbers
import Testing

/// Full probes: of each hosted domain, now and then.
extension NodeHealthTests {
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
}

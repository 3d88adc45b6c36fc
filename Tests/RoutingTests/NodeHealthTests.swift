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

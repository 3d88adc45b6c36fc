import SeededNumbers
import Testing

@testable import PeerProtocol

@Suite("Leaving a peer alone")
struct BreakerTests {
  @Test("Pauses double from one second to a minute, each moved by up to a quarter")
  func backoff() {
    var random = SeededGenerator(seed: 3)
    var backoff = PeerBackoff()
    for expected: Int64 in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
      let pause = backoff.pause(using: &random)
      #expect((expected * 750...expected * 1250).contains(pause))
    }
    for _ in 0..<100 { #expect(backoff.pause(using: &random) <= 75_000) }
    backoff.reset()
    #expect(backoff.pause(using: &random) <= 1250)
  }

  @Test("Three failures in a row open it; a success between them starts the count again")
  func opening() {
    var random = SeededGenerator(seed: 3)
    var breaker = PeerBreaker()
    for _ in 0..<2 { breaker.fail(now: 0, using: &random) }
    breaker.succeed()
    for _ in 0..<2 { breaker.fail(now: 0, using: &random) }
    #expect(breaker.admits(now: 0) && breaker.reopens == nil)
    breaker.fail(now: 0, using: &random)
    #expect(!breaker.admits(now: 700))
    #expect(breaker.admits(now: 1250))
  }

  @Test("After the pause one query tries; it decides")
  func halfOpen() throws {
    var random = SeededGenerator(seed: 3)
    var breaker = PeerBreaker()
    for _ in 0..<3 { breaker.fail(now: 0, using: &random) }
    // Those that were on their way when it opened change nothing.
    let reopens = try #require(breaker.reopens)
    breaker.fail(now: 10, using: &random)
    #expect(breaker.reopens == reopens)

    breaker.send(end: 2125)
    #expect(!breaker.admits(now: 2000))
    var failed = breaker
    failed.fail(now: 2125, using: &random)
    #expect(!failed.admits(now: 2125 + 1499) && failed.admits(now: 2125 + 2500))
    breaker.succeed()
    #expect(breaker.admits(now: 2000))
  }

  @Test("A try of which nobody tells the end keeps nobody out for ever")
  func lostTry() {
    var random = SeededGenerator(seed: 3)
    var breaker = PeerBreaker()
    for _ in 0..<3 { breaker.fail(now: 0, using: &random) }
    breaker.send(end: 2125)
    #expect(!breaker.admits(now: 2124) && breaker.admits(now: 2125))
  }

  /// How many of so many attempts get a token.
  private func taken(
    _ attempts: Int64, _ bucket: inout TokenBucket, at time: (Int64) -> Int64
  ) -> Int {
    var count = 0
    for attempt in 0..<attempts where bucket.take(now: time(attempt)) { count += 1 }
    return count
  }

  @Test("A bucket gives its rate in the long run, its burst at once, and never more")
  func bucket() {
    var bucket = TokenBucket(100, in: 1000, burst: 10, now: 0)
    #expect(taken(50, &bucket) { _ in 0 } == 10)
    #expect(taken(1000, &bucket) { $0 + 1 } == 100)
    #expect(taken(50, &bucket) { _ in 9_000_000_000_000 } == 10)
    // A clock that stands still or goes back gives nothing.
    #expect(taken(50, &bucket) { 9_000_000_000_000 - $0 } == 0)
    var slow = TokenBucket(30, in: 60_000, burst: 1, now: 0)
    #expect(taken(60_000, &slow) { $0 } == 30)
  }
}

@Suite("Users nobody knows")
struct NegativeCacheTests {
  private func user(_ number: Int) -> [UInt8] { Array("user\(number)@x".utf8) }

  @Test("Remembered until its time is over, or all is forgotten")
  func lifetime() {
    var cache = NegativeCache(capacity: 64, lifetime: 100, key: (1, 2))
    #expect(!cache.contains(user(1), now: 0))
    cache.insert(user(1), now: 0)
    #expect(cache.contains(user(1), now: 99) && !cache.contains(user(1), now: 100))
    #expect(!cache.contains(user(2), now: 0))
    cache.insert(user(1), now: 100)
    cache.insert(user(1), now: 150)
    #expect(cache.contains(user(1), now: 249))
    cache.removeAll()
    #expect(!cache.contains(user(1), now: 150))
  }

  @Test("Bounded: a full set lets go of the oldest, the newest is always there")
  func bounded() {
    var cache = NegativeCache(capacity: 64, lifetime: 100_000, key: (1, 2))
    for number in 0..<10_000 {
      cache.insert(user(number), now: Int64(number))
      #expect(cache.contains(user(number), now: Int64(number)))
    }
    #expect((0..<10_000).count { cache.contains(user($0), now: 10_000) } <= 64)
  }

  @Test("Without room or time nothing is remembered")
  func none() {
    for (capacity, lifetime) in [(0, Int64(100)), (64, 0)] {
      var cache = NegativeCache(capacity: capacity, lifetime: lifetime, key: (1, 2))
      cache.insert(user(1), now: 0)
      #expect(!cache.contains(user(1), now: 0))
    }
  }
}

@Suite("Deadlines")
struct DeadlineQueueTests {
  @Test("Come out in the order of their time, and not before it")
  func order() {
    var random = SeededGenerator(seed: 5)
    var queue = DeadlineQueue()
    let times = (0..<1000).map { _ in Int64.random(in: 0..<500, using: &random) }
    for time in times { queue.insert(.init(time: time, question: 0, attempt: 0)) }
    var out: [Int64] = []
    for now in Int64(0)..<500 {
      while let due = queue.removeFirst(due: now) {
        #expect(due.time == now)
        out.append(due.time)
      }
    }
    #expect(out == times.sorted())
    #expect(queue.first == nil)
  }
}

import Routing
import Testing

@Suite struct TimerWheelTests {
  @Test func firesAfterItsDeadlineAndWithinTwoTicks() {
    for deadline in stride(from: Int64(1000), to: 40_000, by: 777) {
      var wheel = TimerWheel(now: 1000)
      wheel.set(3, deadline: deadline)
      var now: Int64 = 1000
      while true {
        if let slot = wheel.nextExpired(now: now) {
          #expect(slot == 3)
          break
        }
        #expect(now <= deadline + 2 * TimerWheel.tick)
        now += 1
      }
      #expect(now > deadline)
      #expect(now <= deadline + 2 * TimerWheel.tick)
    }
  }

  @Test func cancelledAndChangedDeadlines() {
    var wheel = TimerWheel(now: 0)
    wheel.set(0, deadline: 100)
    wheel.set(1, deadline: 100)
    wheel.set(2, deadline: 100)
    wheel.cancel(1)
    wheel.set(2, deadline: 5000)
    #expect(wheel.nextExpired(now: 1000) == 0)
    #expect(wheel.nextExpired(now: 1000) == nil)
    #expect(wheel.nextExpired(now: 6000) == 2)
    #expect(wheel.sleep(now: 6000) == -1)
    wheel.cancel(77)
  }

  /// Who is set again to the same deadline does not move, so that it does not show.
  @Test func theSameDeadlineAgainKeepsThePlace() {
    var once = TimerWheel(now: 0)
    var again = TimerWheel(now: 0)
    for slot in 0..<5 {
      once.set(slot, deadline: 100)
      again.set(slot, deadline: 100)
    }
    again.set(1, deadline: 100)
    again.set(3, deadline: 100)
    for _ in 0..<5 {
      let (slot, same) = (once.nextExpired(now: 1000), again.nextExpired(now: 1000))
      #expect(slot != nil && slot == same)
    }
    #expect(again.nextExpired(now: 1000) == nil)
    // A changed one does move, and one that has fired can be set as before.
    again.set(1, deadline: 100)
    #expect(again.nextExpired(now: 2000) == 1)
  }

  @Test func sleepsNoLongerThanToTheNextDeadline() {
    var wheel = TimerWheel(now: 0)
    #expect(wheel.sleep(now: 0) == -1)
    wheel.set(0, deadline: 3000)
    let sleep = wheel.sleep(now: 0)
    #expect(sleep > 0 && sleep <= 3000 + TimerWheel.tick)
    wheel.set(1, deadline: 20)
    #expect(wheel.sleep(now: 0) <= 20 + TimerWheel.tick)
  }

  /// Against a list: every slot fires once for its last deadline, none early, none lost.
  @Test(arguments: 0..<20) func likeAList(_ seed: UInt64) {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var now: Int64 = 50_000
    var wheel = TimerWheel(now: now)
    var list: [Int: Int64] = [:]
    for _ in 0..<5000 {
      let slot = random(64)
      switch random(4) {
      case 0, 1:
        let deadline = now + Int64(random(random(10) == 0 ? 60_000 : 3000))
        wheel.set(slot, deadline: deadline)
        list[slot] = deadline
      case 2:
        wheel.cancel(slot)
        list[slot] = nil
      default:
        now += Int64(random(random(20) == 0 ? 30_000 : 100))
        while let expired = wheel.nextExpired(now: now) {
          let deadline = list.removeValue(forKey: expired)
          #expect(deadline != nil && deadline! < now)
        }
        for (_, deadline) in list { #expect(deadline + 2 * TimerWheel.tick >= now) }
      }
    }
  }
}

import Shared
import Testing

@testable import RedirectEdge

@Suite struct CountersTests {
  @Test func eachNumberIsForItself() {
    let counters = Counters()
    for outcome in Counters.Outcome.allCases {
      for kind in ClientKind.allCases {
        for _ in 0..<(10 * outcome.rawValue + Int(kind.rawValue)) { counters.count(outcome, kind) }
      }
    }
    for event in Counters.Event.allCases { counters.count(event, 1000 + event.rawValue) }
    for outcome in Counters.Outcome.allCases {
      for kind in ClientKind.allCases {
        #expect(counters[outcome, kind] == 10 * outcome.rawValue + Int(kind.rawValue))
      }
      #expect(counters.sum(outcome) == 40 * outcome.rawValue + 6)
    }
    for event in Counters.Event.allCases { #expect(counters[event] == 1000 + event.rawValue) }
  }

  @Test func durationsAreInTheirClasses() {
    let counters = Counters()
    for duration in [0, 1, 2, 3, 10_000, 10_001, 99_999] as [Int64] {
      counters.count(.handshake, took: duration)
    }
    counters.count(.relaying, took: 7)
    var classes = [Int](repeating: 0, count: Counters.Course.bounds.count + 1)
    (classes[0], classes[1], classes[2]) = (2, 1, 1)
    (classes[classes.count - 2], classes[classes.count - 1]) = (1, 2)
    #expect(counters[.handshake] == Counters.Durations(classes: classes, sum: 120_006))
    #expect(counters[.relaying].sum == 7 && counters[.redirecting].sum == 0)
  }
}

@Suite struct ExpositionTests {
  @Test func families() {
    var metrics = Exposition()
    metrics.family("a_total", .counter, "What it is.")
    metrics.sample("a_total", ["x": "1", "y": "\"\\\n"], 3)
    metrics.single("b", .gauge, "Another.", -1)
    metrics.sample("c", [:], 0.25)
    #expect(
      metrics.text == """
        # HELP a_total What it is.
        # TYPE a_total counter
        a_total{x="1",y="\\"\\\\\\n"} 3
        # HELP b Another.
        # TYPE b gauge
        b -1
        c 0.25

        """)
  }

  @Test func classesAreAddedUp() {
    var metrics = Exposition()
    metrics.histogram("d_seconds", [("w", "z")], bounds: [1, 2000], classes: [2, 0, 5], sum: 1500)
    #expect(
      metrics.text == """
        d_seconds_bucket{w="z",le="0.001"} 2
        d_seconds_bucket{w="z",le="2.0"} 2
        d_seconds_bucket{w="z",le="+Inf"} 7
        d_seconds_sum{w="z"} 1.5
        d_seconds_count{w="z"} 7

        """)
  }
}

import Testing

@testable import Shared

@Suite("Rendezvous")
struct RendezvousTests {
  private static let key: (UInt64, UInt64) = (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210)
  private static let users = (0..<40_000).map { Array("user\($0)@a.example".utf8) }
  private static let nodes: [(name: String, weight: UInt32)] = [
    ("imA", 1), ("imB", 2), ("imC", 3), ("imD", 10), ("imE", 0),
  ]

  private func choices(
    _ nodes: [(name: String, weight: UInt32)], without: Set<Int> = [],
    key: (UInt64, UInt64) = RendezvousTests.key
  ) -> [Int?] {
    let rendezvous = Rendezvous(nodes: nodes, key: key)
    return Self.users.map { user in
      rendezvous.node(for: user.span) { !without.contains($0) }
    }
  }

  @Test("users fall on the nodes by weight")
  func shares() {
    let choices = choices(Self.nodes)
    let sum = Double(Self.nodes.reduce(0) { $0 + $1.weight })
    for (index, node) in Self.nodes.enumerated() {
      let share = Double(node.weight) / sum
      let expected = share * Double(choices.count)
      // Four standard deviations of a binomial share.
      let tolerance = 4 * (expected * (1 - share)).squareRoot()
      let count = Double(choices.count { $0 == index })
      #expect(abs(count - expected) <= tolerance, "\(node.name): \(count), expected \(expected)")
    }
  }

  @Test("extreme weights keep their shares")
  func extremes() {
    let nodes: [(name: String, weight: UInt32)] = [("a", .max), ("b", .max / 3), ("c", 1)]
    let choices = choices(nodes)
    let share = Double(choices.count { $0 == 1 }) / Double(choices.count)
    #expect(abs(share - 0.25) < 0.01)
    #expect(choices.count { $0 == 2 } <= 1)
  }

  @Test("when a node leaves, only its users move, and to all the others by weight")
  func leaving() {
    let before = choices(Self.nodes)
    let after = choices(Self.nodes, without: [3])
    var moved = [Int](repeating: 0, count: Self.nodes.count)
    for (old, new) in zip(before, after) {
      if old == 3, let new { moved[new] += 1 } else { #expect(old == new) }
    }
    let total = Double(moved.reduce(0, +))
    #expect(moved[3] == 0 && moved[4] == 0)
    for (index, share) in [1.0 / 6, 2.0 / 6, 3.0 / 6].enumerated() {
      #expect(abs(Double(moved[index]) / total - share) < 0.02)
    }
  }

  @Test("a node taken out of the list is a node that is not available")
  func removal() {
    let rest = Self.nodes.filter { $0.name != "imB" }
    let byName = choices(rest).map { $0.map { rest[$0].name } }
    #expect(byName == choices(Self.nodes, without: [1]).map { $0.map { Self.nodes[$0].name } })
  }

  @Test("a heavier node takes users and gives none away")
  func growing() {
    var heavier = Self.nodes
    heavier[0].weight = 4
    for (old, new) in zip(choices(Self.nodes), choices(heavier)) where old != new {
      #expect(new == 0)
    }
  }

  @Test("the order of the nodes does not matter")
  func order() {
    let reversed = Array(Self.nodes.reversed())
    #expect(
      choices(reversed).map { $0.map { reversed[$0].name } }
        == choices(Self.nodes).map { $0.map { Self.nodes[$0].name } })
  }

  @Test("another key is another order")
  func keys() {
    let equal: [(name: String, weight: UInt32)] = [("a", 1), ("b", 1)]
    let same = zip(choices(equal), choices(equal, key: (1, 2))).count { $0 == $1 }
    #expect(abs(Double(same) / Double(Self.users.count) - 0.5) < 0.02)
  }

  @Test("without an available node there is none")
  func none() {
    let user = Array("a@b".utf8)
    #expect(Rendezvous(nodes: [], key: Self.key).node(for: user.span) { _ in true } == nil)
    #expect(Rendezvous(nodes: [("a", 0)], key: Self.key).node(for: user.span) { _ in true } == nil)
    #expect(
      Rendezvous(nodes: Self.nodes, key: Self.key).node(for: user.span) { _ in false } == nil)
  }

  @Test(
    "the logarithm, in units of 2^-32",
    arguments: [
      (0x8000_0000_0000_0000, 0x1_0000_0000), (0x4000_0000_0000_0000, 0x2_0000_0000),
      (1, 0x40_0000_0000), (0, 0x40_0000_0000), (.max, 1),
      // -log2(3/4) = 0.415037499278844, -log2(1/3) = 1.584962500721156
      (0xC000_0000_0000_0000, 1_782_572_486), (0x5555_5555_5555_5555, 6_807_362_106),
    ] as [(UInt64, UInt64)])
  func logarithm(hash: UInt64, expected: UInt64) {
    let value = Rendezvous.negativeLog2(hash)
    #expect(value >= 1)
    // Squaring drops what does not fit: the last bit may differ.
    #expect(value.distance(to: expected).magnitude <= 1, "\(value)")
  }

  /// Every edge of a deployment must give the same answers, whatever it was built with: these are
  /// frozen. A change here moves users.
  @Test("frozen answers")
  func frozen() {
    let expected = [3, 2, 3, 3, 3, 3, 3, 0, 3, 3, 3, 3, 3, 3, 1, 2, 2, 3, 3, 3, 1, 3, 3, 3]
    #expect(choices(Self.nodes).prefix(expected.count).map { $0 ?? -1 } == expected)
  }
}

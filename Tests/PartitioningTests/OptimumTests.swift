import Partitioning
import Testing

/// Cuts of graphs so small that all can be tried.
@Suite struct OptimumTests {
  /// 1000 graphs of 2 to 12 users: chains, rings, stars, cliques, networks, planted blocks and random ones, weighted and not,
  /// into 2 to 4 partitions, tight and roomy.
  static let cases: [(graph: SmallGraph, partitions: Int, imbalance: Double)] =
    (0..<1000).map { number in
      var chance = Chance(seed: UInt64(number) + 1)
      let users = 2 + chance.next(below: 11)
      let graph: SmallGraph
      switch chance.next(below: 10) {
      case 0: graph = .chain(users)
      case 1: graph = .star(users)
      case 2:
        graph = .planted(blocks: 2, size: users / 2, inside: 0.9, between: 0.2, seed: chance.seed)
      case 3: graph = .networks([users - users / 2, users / 2])
      default:
        graph = .random(
          users: users, density: 0.1 + 0.1 * Double(chance.next(below: 8)),
          most: [1, 2, 100][chance.next(below: 3)], seed: chance.seed)
      }
      return (
        graph, min(graph.users, 2 + chance.next(below: 3)),
        [0, 0.03, 0.2, 0.5][chance.next(below: 4)]
      )
    }

  @Test func mostAreOptimalAndNoneIsFarFromIt() throws {
    var missed: [String] = []
    for (number, (graph, partitions, imbalance)) in Self.cases.enumerated() {
      let found = try graph.partitions(partitions, imbalance: imbalance, seed: UInt64(number))
      let least = leastCut(graph, partitions: partitions, limit: found.partitionLimit)
      let heaviest = UInt64(graph.ties.map(\.weight).max() ?? 0)
      #expect(
        found.betweenPartitions.weight >= least, "\(number): \(graph) cannot be cut like that")
      #expect(
        found.betweenPartitions.weight * 4 <= least * 5 + heaviest * 4,
        "\(number): \(graph) into \(partitions): \(found.betweenPartitions.weight), possible \(least)"
      )
      if found.betweenPartitions.weight > least {
        missed.append(
          "\(number): \(graph) into \(partitions): \(found.betweenPartitions.weight), not \(least)")
      }
    }
    #expect(missed.count * 20 <= Self.cases.count, "\(missed)")
  }

  /// The least cut of all that keep the limit, found by trying: user after user, given up where it is no better than the best.
  private func leastCut(_ graph: SmallGraph, partitions: Int, limit: Int) -> UInt64 {
    var earlier = [[(user: Int, weight: UInt64)]](repeating: [], count: graph.users)
    for tie in graph.ties {
      earlier[max(tie.a, tie.b)].append((min(tie.a, tie.b), UInt64(tie.weight)))
    }
    var least = UInt64.max
    var partitionOf = [Int](repeating: 0, count: graph.users)
    var loads = [Int](repeating: 0, count: partitions)
    func assign(_ user: Int, _ used: Int, _ cut: UInt64) {
      guard cut < least else { return }
      guard user < graph.users else {
        least = cut
        return
      }
      // Partitions without users are all the same: only the first of them is tried.
      for partition in 0..<min(partitions, used + 1) where loads[partition] < limit {
        let more = earlier[user].reduce(0) {
          partitionOf[$1.user] == partition ? $0 : $0 + $1.weight
        }
        partitionOf[user] = partition
        loads[partition] += 1
        assign(user + 1, max(used, partition + 1), cut + more)
        loads[partition] -= 1
      }
    }
    assign(0, 0, 0)
    return least
  }
}

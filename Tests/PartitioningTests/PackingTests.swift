import Partitioning
import Testing

/// Networks that fit into one partition stay whole while packing permits.
@Suite struct PackingTests {
  /// Sizes that only just fit: (sizes, partitions), each partition full to the last user.
  static let perfect: [([Int], Int)] = [
    ([6, 6, 4, 4], 2),
    ([5, 5, 4, 3, 3], 2),  // largest into the emptiest fails here: 5 + 5 is needed
    ([7, 6, 6, 4, 4, 3], 3),
    ([27, 26, 25, 24, 23, 22, 20, 13, 12, 8], 4),
    ([46, 30, 24, 37, 35, 28, 55, 23, 22], 3),
    ([9, 8, 7, 6, 5, 4, 3, 2, 1], 3),
    ([33, 33, 34, 49, 51, 50, 25, 25, 99, 1], 4),
  ]

  @Test(arguments: perfect)
  func perfectPackingsAreFound(_ sizes: [Int], _ count: Int) throws {
    let users = sizes.reduce(0, +)
    try #require(users % count == 0)
    let found = try SmallGraph.networks(sizes).partitions(count, imbalance: 0)
    #expect(
      found.networks.thoughFitting == 0 && found.betweenPartitions.ties == 0
        && found.largest == users / count)
  }

  @Test(arguments: UInt64(0)..<12)
  func partitionsBrokenAtRandomArePutTogetherAgain(_ seed: UInt64) throws {
    var chance = Chance(seed: seed)
    let (count, size) = (3 + chance.next(below: 5), 60 + chance.next(below: 100))
    var sizes: [Int] = []
    for _ in 0..<count {
      var left = size
      while left > 0 {
        let piece = min(left, 1 + chance.next(below: size / 2))
        sizes.append(piece)
        left -= piece
      }
    }
    let found = try SmallGraph.networks(sizes).partitions(count, imbalance: 0)
    #expect(
      found.networks.thoughFitting == 0 && found.betweenPartitions.ties == 0,
      "\(sizes) into \(count)")
  }

  /// All ways to put few small networks into partitions, compared with what the program says.
  @Test(arguments: UInt64(0)..<60)
  func aNetworkIsCutOnlyIfNoPackingExists(_ seed: UInt64) throws {
    var chance = Chance(seed: seed)
    let count = 2 + chance.next(below: 3)
    let sizes = (0..<3 + chance.next(below: 5)).map { _ in 1 + chance.next(below: 20) }
    let users = sizes.reduce(0, +)
    guard users >= count else { return }
    let found = try SmallGraph.networks(sizes).partitions(count, imbalance: 0.1)
    let fitting = sizes.filter { $0 <= found.partitionLimit }
    let whole = packingExists(fitting, [Int](repeating: found.partitionLimit, count: count))
    #expect((found.networks.thoughFitting == 0) == whole, "\(sizes) into \(count)")
  }

  private func packingExists(_ sizes: [Int], _ room: [Int]) -> Bool {
    guard let size = sizes.first else { return true }
    return room.indices.contains { bin in
      guard room[bin] >= size else { return false }
      var left = room
      left[bin] -= size
      return packingExists(Array(sizes.dropFirst()), left)
    }
  }

  @Test func aLargeNetworkLeavesRoomForTheSmall() throws {
    // The large one must not be cut evenly: the others need three partitions almost whole.
    let found = try SmallGraph.networks([150, 60, 60, 60]).partitions(4, size: 100, imbalance: 0.5)
    #expect(found.networks.thoughFitting == 0 && found.largest <= 100)
  }

  @Test func aLargeNetworkIsCutIntoAsFewPartitionsAsItNeeds() throws {
    let graph = SmallGraph.networks([100] + [Int](repeating: 1, count: 100))
    let found = try graph.partitions(4)
    #expect(Set(found.partitionOf[..<100]).count == 2)
    #expect(found.smallest >= 48)
  }

  @Test func networksThatCannotBePackedAreCutAndCounted() throws {
    // Five of 6 into three partitions of 10: no partition holds two of them whole.
    let found = try SmallGraph.networks([6, 6, 6, 6, 6]).partitions(3, imbalance: 0)
    #expect(found.networks.thoughFitting == 2 && found.largest == 10)
  }
}

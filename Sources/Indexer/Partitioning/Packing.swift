/// Step 3 of the original for networks that fit into one partition: which partition each goes into, whole.
struct Packing {
  /// The partition of each network; nil if the network is to be cut.
  private(set) var partitionOf: [Int?]
  /// Users that each partition still has room for, for the networks that are cut.
  private(set) var capacities: [Int]
  /// Networks that would fit into one partition but have to be cut because no packing was found.
  private(set) var unpacked: Int
  /// Networks, the largest first, that stand in partitions into which others are cut. Any other place in one of those would be
  /// as good: they are ballast.
  private var ballast: [Int] = []
  private let sizes: [Int]
  private let limit: Int
  /// Networks are cut into the first so many partitions, where the small ones could be packed evenly.
  private let pieces: Int

  /// Packs networks of `sizes` users into `partitions` of at most `limit`, which together must hold them all.
  ///
  /// Networks above the limit are left to be cut. They get as few partitions as their users need, so that no more of
  /// them is cut than must be; the small networks fill up the rest evenly. Where that does not work out, the balance
  /// between the partitions gives way (never the limit), and only then are networks cut that fit.
  init(sizes: [Int], partitions: Int, limit: Int, generator: inout Generator) {
    precondition(sizes.reduce(0, +) <= partitions * limit)
    self.sizes = sizes
    self.limit = limit
    let small = sizes.indices.filter { sizes[$0] <= limit }
      .sorted { (sizes[$1], $0) < (sizes[$0], $1) }
    let ordered = small.map { sizes[$0] }
    let cut = sizes.reduce(0, +) - ordered.reduce(0, +)
    let pieces = Packing.pieces(cut: cut, small: ordered.reduce(0, +), partitions, limit)
    self.pieces = pieces
    // The first partitions hold their share of the users that are cut.
    let shares = (0..<partitions).map { bin in
      bin < pieces ? cut / pieces + (bin < cut % pieces ? 1 : 0) : 0
    }
    var bins = spread(ordered, beside: shares, limit: limit)
    let even = !bins.contains(nil)
    if !even {
      bins = packTightly(ordered, bins: partitions, limit: limit, generator: &generator)
    }
    partitionOf = [Int?](repeating: nil, count: sizes.count)
    capacities = (0..<partitions).map { even && $0 >= pieces ? 0 : limit }
    unpacked = 0
    for (network, bin) in zip(small, bins) {
      partitionOf[network] = bin
      guard let bin else {
        unpacked += 1
        continue
      }
      capacities[bin] = max(0, capacities[bin] - sizes[network])
      if even && bin < pieces { ballast.append(network) }
    }
  }

  /// The capacities that there would be without the ballast: with it gone, the cut has more to choose from.
  var capacitiesWithoutBallast: [Int] {
    var capacities = capacities
    for network in ballast {
      if let bin = partitionOf[network] { capacities[bin] += sizes[network] }
    }
    return capacities
  }

  /// Puts the ballast where room is left, given how many users of cut networks each partition holds. False: it does not fit,
  /// and stays where it was.
  mutating func placeBallast(beside loads: [Int]) -> Bool {
    let placed = spread(ballast.map { sizes[$0] }, beside: Array(loads[..<pieces]), limit: limit)
    guard !placed.contains(nil) else { return false }
    for (network, bin) in zip(ballast, placed) { partitionOf[network] = bin }
    return true
  }

  /// How many partitions the networks that must be cut are cut into.
  ///
  /// Half of the headroom between mean and limit is left to refinement; and the other partitions must be about full
  /// with small networks.
  private static func pieces(cut: Int, small: Int, _ partitions: Int, _ limit: Int) -> Int {
    guard cut > 0 else { return 0 }
    let mean = Double(cut + small) / Double(partitions)
    let needed = Int((Double(cut) / ((mean + Double(limit)) / 2)).rounded(.up))
    let filledBySmall = Int((Double(small) / mean).rounded())
    return min(partitions, max(1, needed, partitions - filledBySmall))
  }
}

/// Each size, in their order, into the emptiest bin, beside what the bins hold already. Nil where a size did not fit anywhere.
private func spread(_ sizes: [Int], beside loads: [Int], limit: Int) -> [Int?] {
  var loads = loads
  var emptiest = VertexQueue(vertices: loads.count)
  for bin in loads.indices { emptiest.set(bin, key: Int64(-loads[bin])) }
  return sizes.map { size in
    guard let bin = emptiest.popGreatest()?.vertex else { return nil }
    let fits = loads[bin] + size <= limit
    if fits { loads[bin] += size }
    emptiest.set(bin, key: Int64(-loads[bin]))
    return fits ? bin : nil
  }
}

/// Step 3 of the original for networks that fit whole into one place (a node, or a partition of it): which place each goes to.
struct Packing {
  /// The place of each network; nil if the network is to be cut.
  private(set) var placeOf: [Int?]
  /// What each place still has room for, for the networks that are cut.
  private(set) var capacities: [Int]
  /// Networks, the largest first, that stand in places into which others are cut. Any other of those places would be as good:
  /// they are ballast.
  private var ballast: [Int] = []
  private let sizes: [Int]
  private let limits: [Int]
  /// Networks are cut into these places, where the small ones could be packed evenly.
  private let pieces: [Int]

  /// Packs networks of `sizes` users into places that hold at most `limits`, which together must hold them all.
  ///
  /// Networks above all limits are left to be cut. They get as few places as their users need, so that no more of
  /// them is cut than must be; the small networks fill up the rest evenly. Where that does not work out, the balance
  /// between the places gives way (never a limit), and only then are networks cut that fit.
  init(sizes: [Int], limits: [Int], generator: inout Generator) {
    precondition(sizes.reduce(0, +) <= limits.reduce(0, +), "more users than the places hold")
    self.sizes = sizes
    self.limits = limits
    let greatest = limits.max() ?? 0
    let small = sizes.indices.filter { sizes[$0] <= greatest }
      .sorted { (sizes[$1], $0) < (sizes[$0], $1) }
    let ordered = small.map { sizes[$0] }
    let cut = sizes.reduce(0, +) - ordered.reduce(0, +)
    pieces = Packing.pieces(cut: cut, small: ordered.reduce(0, +), limits)
    let shares = Packing.shares(of: cut, among: pieces, limits)
    var places = spread(ordered, beside: shares, limits: limits)
    let even = !places.contains(nil)
    if !even {
      places = packTightly(ordered, limits: limits, generator: &generator)
    }
    let isPiece = Packing.marks(pieces, count: limits.count)
    placeOf = [Int?](repeating: nil, count: sizes.count)
    capacities = limits.indices.map { even && !isPiece[$0] ? 0 : limits[$0] }
    for (network, place) in zip(small, places) {
      placeOf[network] = place
      guard let place else { continue }
      capacities[place] = max(0, capacities[place] - sizes[network])
      if even && isPiece[place] { ballast.append(network) }
    }
  }

  /// The capacities that there would be without the ballast: with it gone, the cut has more to choose from.
  var capacitiesWithoutBallast: [Int] {
    var capacities = capacities
    for network in ballast {
      if let place = placeOf[network] { capacities[place] += sizes[network] }
    }
    return capacities
  }

  /// Puts the ballast where room is left, given how many users of cut networks each place holds. False: it does not fit,
  /// and stays where it was.
  mutating func placeBallast(beside loads: [Int]) -> Bool {
    let placed = spread(
      ballast.map { sizes[$0] }, beside: pieces.map { loads[$0] }, limits: pieces.map { limits[$0] }
    )
    guard !placed.contains(nil) else { return false }
    for (network, piece) in zip(ballast, placed) { placeOf[network] = piece.map { pieces[$0] } }
    return true
  }

  /// The places that the networks which must be cut are cut into, the largest first.
  ///
  /// Half of the headroom between a place's share and its limit is left to refinement; and the other places must be about
  /// full with small networks.
  private static func pieces(cut: Int, small: Int, _ limits: [Int]) -> [Int] {
    guard cut > 0 else { return [] }
    let order = limits.indices.filter { limits[$0] > 0 }
      .sorted { (limits[$1], $0) < (limits[$0], $1) }
    let room = Double(limits.reduce(0, +))
    let shares = order.map { Double(cut + small) * Double(limits[$0]) / room }
    var count = 0
    var held = 0.0
    while count < order.count, held < Double(cut) {
      held += (shares[count] + Double(limits[order[count]])) / 2
      count += 1
    }
    var filledBySmall = 0.0
    var others = order.count
    while others > count, filledBySmall + shares[others - 1] / 2 <= Double(small) {
      others -= 1
      filledBySmall += shares[others]
    }
    return Array(order[..<max(1, others)])
  }

  /// What each place holds when so many users are spread over some of the places by their limits.
  private static func shares(of users: Int, among pieces: [Int], _ limits: [Int]) -> [Int] {
    var shares = [Int](repeating: 0, count: limits.count)
    var room = pieces.reduce(0) { $0 + limits[$1] }
    var left = users
    for place in pieces.reversed() {
      let product = left.multipliedFullWidth(by: limits[place])
      shares[place] = room.dividingFullWidth(product).quotient
      left -= shares[place]
      room -= limits[place]
    }
    return shares
  }

  private static func marks(_ places: [Int], count: Int) -> [Bool] {
    var marks = [Bool](repeating: false, count: count)
    for place in places { marks[place] = true }
    return marks
  }
}

/// Each size, in their order, into the place that is emptiest for its limit, beside what the places hold already. Nil where a
/// size did not fit anywhere.
private func spread(_ sizes: [Int], beside loads: [Int], limits: [Int]) -> [Int?] {
  var loads = loads
  var emptiest = VertexQueue(vertices: loads.count)
  func key(_ place: Int) -> Int64 { -(Int64(loads[place]) << 30) / Int64(max(1, limits[place])) }
  for place in loads.indices { emptiest.set(place, key: key(place)) }
  let isUniform = Set(limits).count <= 1
  return sizes.map { size in
    var asked: [Int] = []
    var found: Int?
    while found == nil, let place = emptiest.popGreatest()?.vertex {
      asked.append(place)
      if loads[place] + size <= limits[place] { found = place }
      // Among equals the emptiest has the most room.
      if isUniform { break }
    }
    if let found { loads[found] += size }
    for place in asked { emptiest.set(place, key: key(place)) }
    return found
  }
}

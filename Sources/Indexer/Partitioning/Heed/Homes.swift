/// Where users were before, so that they stay unless moving pays.
struct Homes {
  /// The place of each vertex before; `none`: it is new, or its place is gone.
  var placeOf: [UInt32]
  /// How many of each vertex's users were there; the others are new or were elsewhere.
  var users: [UInt32]
  /// The most users that may move, as far as limits permit.
  var mostMoved: Int

  static let none = UInt32.max

  /// Homes of a graph whose vertices are single users.
  init(placeOf: [UInt32], mostMoved: Int) {
    self.placeOf = placeOf
    users = placeOf.map { $0 == Self.none ? 0 : 1 }
    self.mostMoved = mostMoved
  }

  /// Whether a vertex in `place` has moved.
  func hasMoved(_ vertex: Int, in place: UInt32) -> Bool {
    placeOf[vertex] != Self.none && placeOf[vertex] != place
  }

  /// How many users have moved.
  func moved(in placeOf: [UInt32]) -> Int {
    placeOf.indices.reduce(0) { hasMoved($1, in: placeOf[$1]) ? $0 + Int(users[$1]) : $0 }
  }

  /// The homes of clusters: where most of their users were.
  func carried(into clusters: Clusters, places: Int) -> Homes {
    var votes: [UInt64: UInt32] = [:]
    var carried = self
    carried.placeOf = [UInt32](repeating: Self.none, count: clusters.count)
    carried.users = [UInt32](repeating: 0, count: clusters.count)
    for vertex in placeOf.indices where placeOf[vertex] != Self.none {
      let cluster = Int(clusters.clusterOf[vertex])
      let vote = UInt64(cluster) * UInt64(places) + UInt64(placeOf[vertex])
      let count = votes[vote, default: 0] + users[vertex]
      votes[vote] = count
      if count > carried.users[cluster] {
        carried.placeOf[cluster] = placeOf[vertex]
        carried.users[cluster] = count
      }
    }
    return carried
  }
}

/// The peers of one edge that are connected, and who of them is next for a question.
struct PeerTable: Sendable {
  typealias PeerID = PeerPolicy.PeerID

  struct Peer: Sendable {
    let id: PeerID
    var edge: EdgeID?
    /// nil: not connected, or without a map.
    var map: MapDigest?
    /// Outlives a connection: who hangs does not get better by being called again.
    var breaker = PeerBreaker()
  }

  /// Our own map.
  var own: MapDigest?
  /// In the order in which they were first connected.
  private var peers: [Peer] = []

  subscript(_ id: PeerID) -> Peer? { peers.first { $0.id == id } }

  mutating func update(_ id: PeerID, _ change: (inout Peer) -> Void) {
    guard let place = peers.firstIndex(where: { $0.id == id }) else { return }
    change(&peers[place])
  }

  /// False where `edge` is connected already.
  mutating func connect(_ id: PeerID, edge: EdgeID, map: MapDigest?) -> Bool {
    guard !peers.contains(where: { $0.edge == edge && $0.id != id }) else { return false }
    if self[id] == nil { peers.append(Peer(id: id)) }
    update(id) { peer in
      peer.edge = edge
      peer.map = map
    }
    return true
  }

  mutating func announce(_ id: PeerID, map: MapDigest?) {
    update(id) { $0.map = map }
  }

  mutating func disconnect(_ id: PeerID) {
    update(id) { peer in
      peer.edge = nil
      peer.map = nil
    }
  }

  mutating func forget(_ id: PeerID) {
    peers.removeAll { $0.id == id }
  }

  // MARK: Choosing

  /// Whether anybody could be asked.
  func hasCandidate(now: Int64) -> Bool {
    peers.contains { isCandidate($0, now) }
  }

  /// When the next peer may be asked that may not be asked now.
  func nextReopening(after now: Int64) -> Int64? {
    peers.lazy.filter(hasOtherMap).compactMap(\.breaker.reopens).filter { $0 > now }.min()
  }

  /// Who is asked next: from the question's own start on, first whoever has a map that nobody was asked for, then whoever
  /// has one that nobody has answered for.
  ///
  /// - Returns: nil where nobody is left; `isLast`: nobody will be left after this one.
  func choose(for question: PeerQuestion, now: Int64) -> (peer: PeerID, isLast: Bool)? {
    guard !peers.isEmpty else { return nil }
    let asked = Set(question.tried.compactMap { self[$0]?.map })
    let start = question.turn % peers.count
    var (fresh, again): (PeerID?, PeerID?)
    var left = 0
    for peer in peers[start...] + peers[..<start] {
      guard isCandidate(peer, now), let map = peer.map, !question.answered.contains(map),
        !question.tried.contains(peer.id)
      else { continue }
      left += 1
      if !asked.contains(map) {
        fresh = fresh ?? peer.id
      } else {
        again = again ?? peer.id
      }
    }
    return (fresh ?? again).map { (peer: $0, isLast: left == 1) }
  }

  /// Whether every map that there is has been asked and does not have the user.
  func haveAllAnswered(_ question: PeerQuestion) -> Bool {
    peers.allSatisfy { peer in
      !hasOtherMap(peer) || peer.map.map(question.answered.contains) == true
    }
  }

  private func hasOtherMap(_ peer: Peer) -> Bool {
    peer.map != nil && peer.map != own
  }

  private func isCandidate(_ peer: Peer, _ now: Int64) -> Bool {
    hasOtherMap(peer) && peer.breaker.admits(now: now)
  }
}

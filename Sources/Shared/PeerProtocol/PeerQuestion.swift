/// One user whom peers are asked about.
struct PeerQuestion: Sendable {
  let user: [UInt8]
  /// When it is over, whatever peers do.
  let end: Int64
  /// Where among the peers it starts.
  let turn: Int
  /// Who is being asked.
  private(set) var tried: [PeerPolicy.PeerID] = []
  var current: PeerPolicy.PeerID?
  /// The maps that do not have the user.
  var answered: Set<MapDigest> = []

  init(user: [UInt8], end: Int64, turn: Int) {
    self.user = user
    self.end = end
    self.turn = turn
  }

  /// Which try this is.
  var attempt: Int { tried.count }

  mutating func ask(_ peer: PeerPolicy.PeerID) {
    tried.append(peer)
    current = peer
  }
}

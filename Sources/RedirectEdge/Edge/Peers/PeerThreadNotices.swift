import Logging
import PeerProtocol
import Routing

/// What edges tell each other of clients.
extension PeerThread {
  /// Whether anybody is to be told of clients.
  var tellsOfClients: Bool {
    peers.values.contains { $0.link?.tellsOfClients == true }
  }

  /// Tells all peers what workers have noted in this turn. Nobody is told later what could not be told now.
  func tellNotices() {
    guard !notices.isEmpty else { return }
    var untold = 0
    for peer in peers.values { untold += peer.link?.tell(notices) ?? 0 }
    gate.leaveNotices(notices.count)
    notices.removeAll(keepingCapacity: true)
    if untold > 0 {
      complain(
        .warning, "a peer was not told of all clients",
        "more than \(PeerLimits.notices) a second, or it does not read")
    }
  }

  /// A peer tells of a client.
  func hear(_ notice: PeerNotice, from teller: ToldMemory.Teller) {
    guard let snapshot else { return }
    let policy = snapshot.shared.auto
    switch notice {
    case .redirected(let client, let name):
      // A node that is none here is nowhere to come back from.
      guard let node = snapshot.node(named: name) else { return }
      told.note(
        .redirected(client, to: node, at: loop.now), of: client, by: teller, policy: policy,
        now: loop.now)
    case .doesNotFollow(let client):
      told.note(
        .doesNotFollow(client, at: loop.now), of: client, by: teller, policy: policy, now: loop.now)
    }
  }
}

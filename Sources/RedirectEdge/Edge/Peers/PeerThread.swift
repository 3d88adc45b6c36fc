import Glibc
import Logging
import PeerProtocol
import Routing
import Shared

/// The thread `peers`: it performs what `PeerPolicy` and the sessions decide. `run` is the whole of it; who comes to ask
/// is in `PeerThreadListening.swift`, what is said of clients in `PeerThreadNotices.swift`.
///
/// What happens on a link only changes the policy; what follows from that is done in one place, after the turn, so that
/// no link acts in the middle of another's event.
final class PeerThread {
  let loop: LinkLoop
  let log: EdgeLog
  private let mailbox: Mailbox<Peers.Message>
  let gate: PeerGate
  private let resolver: Resolver
  var random = Generator(key: (Seed.random(), Seed.random()))
  private let edge: EdgeID
  private var policy: PeerPolicy
  private(set) var snapshot: PeerSnapshot?
  private var isOver = false

  // Asking.
  private(set) var peers: [SocketAddress: KnownPeer] = [:]
  private var nextPeer: PeerPolicy.PeerID = 0
  private var addresses: [HostPort: [SocketAddress]] = [:]
  private var unresolved: [HostPort: String] = [:]
  private var questions: [UInt64: Peers.Question] = [:]
  private var nextQuestion: UInt64 = 0

  // Clients.
  let told: ToldMemory
  /// What peers are to be told in this turn.
  var notices: [PeerNotice] = []

  // Answering.
  var listener: ListeningSocket?
  var clients: [ObjectIdentifier: PeerServerLink] = [:]
  /// Until then nobody is let in, because there is no descriptor.
  var restsUntil: Int64?
  var complaints: [String: Int64] = [:]

  init(
    _ mailbox: Mailbox<Peers.Message>, _ gate: PeerGate, _ resolver: Resolver,
    _ told: ToldMemory, log: EdgeLog
  ) throws(SystemError) {
    self.mailbox = mailbox
    self.gate = gate
    self.resolver = resolver
    self.told = told
    self.log = log
    loop = try LinkLoop()
    edge = EdgeID(using: &random)
    // Replaced by the configuration's before anybody can be asked.
    let nothing = PeerPolicy.Settings(budget: 1, inflight: 1, rate: 1, cache: 0, cacheTime: 0)
    policy = PeerPolicy(nothing, key: (Seed.random(), Seed.random()), now: loop.now)
    try loop.poller.watch(mailbox: mailbox.wakeUp)
  }

  /// Asks and answers until the edge is gone.
  func run() {
    while !isOver {
      loop.turn(until: nextDue) {
        takeMessages()
      } knock: {
        letIn()
      }
      tellNotices()
      dial()
      policy.expire(now: loop.now, using: &random)
      perform()
      endRest()
      gate.publish(isOpen: policy.canAsk(now: loop.now), tells: tellsOfClients, policy.counts)
    }
    stopListening()
    for peer in peers.values { peer.link?.end(.leaving) }
  }

  /// What this edge is to its peers, as long as the snapshot stands.
  var party: PeerParty {
    PeerParty(
      edge: edge, map: snapshot?.map, profile: snapshot?.shared.configuration.profile,
      hmac: identity?.hmac, clients: snapshot?.shared.clientKey.mark)
  }

  var identity: PeerIdentity? { snapshot?.shared.peerIdentity }

  private var nextDue: Int64? {
    let dials = peers.values.lazy.filter { $0.link == nil }.map(\.due).min()
    return [dials, policy.deadline(now: loop.now), restsUntil].compactMap(\.self).min()
  }

  private func takeMessages() {
    for message in mailbox.take() {
      switch message {
      case .serve(let new): serve(new)
      case .ask(let question):
        nextQuestion += 1
        questions[nextQuestion] = question
        policy.ask(nextQuestion, user: question.user, asked: question.asked, now: loop.now)
      case .tell(let notice): notices.append(notice)
      case .resolved(let name, let answer): resolved(name, answer)
      case .leave: stopListening()
      case .end: isOver = true
      }
    }
  }

  /// Does what the policy wants, until it wants nothing more.
  private func perform() {
    while true {
      let steps = policy.takeSteps()
      if steps.isEmpty { return }
      for step in steps {
        switch step {
        case .query(let id, let question, let user):
          let link = peers.values.first { $0.id == id }?.link
          if link?.ask(question, user) != true {
            policy.failed(question, at: id, now: loop.now, using: &random)
          }
        case .answer(let number, let answer):
          guard let question = questions.removeValue(forKey: number) else { continue }
          gate.leave()
          question.replyTo.post(.peerAnswer(ticket: question.ticket, answer))
        }
      }
    }
  }

  // MARK: What is served

  private func serve(_ new: PeerSnapshot) {
    let old = snapshot
    snapshot = new
    let names = Set(new.shared.configuration.nodes.map(\.name))
    policy.configure(new.settings, now: loop.now)
    policy.serve(new.map) { names.contains($0) }
    if let old, !isRecognizable(after: old) {
      // Who was let in by the old proof shows that he has the new one.
      for link in clients.values { link.end(.leaving) }
      clients = [:]
      for peer in peers.values where peer.link != nil { hangUp(peer) }
    } else if old?.map != new.map {
      for link in clients.values { link.announce(new.map) }
      for peer in peers.values { peer.link?.announce(new.map) }
    }
    listen(at: new.configuration.listen)
    resolveNames(new.configuration)
  }

  /// Whether peers that knew this edge as it was know it still.
  private func isRecognizable(after old: PeerSnapshot) -> Bool {
    guard let snapshot, snapshot.shared.configuration.profile == old.shared.configuration.profile,
      snapshot.shared.clientKey.mark == old.shared.clientKey.mark
    else { return false }
    return switch (snapshot.shared.peerIdentity, old.shared.peerIdentity) {
    case (let new?, let old?): new.isSame(as: old)
    case (nil, nil): true
    default: false
    }
  }

  // MARK: Who can be asked

  private func resolveNames(_ configuration: Configuration.Peers) {
    let hosts = configuration.addresses
    for host in addresses.keys where !hosts.contains(host) { addresses[host] = nil }
    var names: [HostPort] = []
    for host in hosts {
      if let literal = SocketAddress(literal: host) {
        addresses[host] = [literal]
      } else if !names.contains(host) {
        names.append(host)
      }
    }
    resolver.watch(names, every: configuration.resolve.milliseconds)
    adoptAddresses()
  }

  private func resolved(_ name: HostPort, _ answer: Resolver.Answer) {
    guard snapshot?.configuration.addresses.contains(name) == true else { return }
    switch answer {
    case .success(let found):
      addresses[name] = found
      unresolved[name] = nil
      adoptAddresses()
    case .failure(let error):
      // What was known stays: a resolver that is down must not take the peers away.
      guard unresolved[name] != error.reason else { return }
      unresolved[name] = error.reason
      log.write(
        .warning, "a name of peers leads nowhere",
        [("name", name.description), ("reason", error.reason)])
    }
  }

  private func adoptAddresses() {
    let wanted = Set(addresses.values.joined())
    for (address, peer) in peers where !wanted.contains(address) {
      if peer.link != nil { hangUp(peer) }
      policy.forget(peer.id)
      peers[address] = nil
    }
    for address in wanted where peers[address] == nil {
      peers[address] = KnownPeer(nextPeer, address, now: loop.now)
      nextPeer += 1
    }
  }

  private func dial() {
    for peer in peers.values where peer.link == nil && peer.due <= loop.now {
      guard let descriptor = peer.address.connect() else {
        lose(peer, Link.End.failed(errno).description)
        continue
      }
      do throws(SystemError) {
        peer.link = try PeerClientLink(self, peer, descriptor: descriptor)
      } catch {
        lose(peer, error.description)
      }
    }
  }

  /// Ends a connection that is wanted no more, or not in this way.
  private func hangUp(_ peer: KnownPeer) {
    peer.link?.end(.leaving)
    peer.link = nil
    peer.readySince = nil
    peer.due = loop.now
    policy.disconnect(peer.id, now: loop.now, using: &random)
  }

  // MARK: What links tell

  func hear(_ event: PeerClient.Event, from peer: KnownPeer) {
    switch event {
    case .ready(let hello):
      guard policy.connect(peer.id, edge: hello.edge, map: hello.map) else {
        peer.link?.end(.duplicate)
        return lose(peer, PeerFault.duplicate.rawValue, isNobodyElse: true)
      }
      peer.readySince = loop.now
      peer.complaint = nil
      // It was told the map of the time when the connection began.
      peer.link?.announce(snapshot?.map)
      log.write(.info, "peer connected", fields(peer, hello.edge, hello.map))
    case .map(let map):
      policy.announce(peer.id, map: map)
      log.write(.info, "a peer has another map", fields(peer, nil, map))
    case .reply(let number, let reply):
      policy.reply(number, from: peer.id, reply, now: loop.now, using: &random)
    }
  }

  /// A connection is over. `isNobodyElse`: it led to this edge itself, or to one that is connected already.
  func lose(_ peer: KnownPeer, _ reason: String, isNobodyElse: Bool = false) {
    let isNew = peer.lose(reason, now: loop.now, using: &random)
    policy.disconnect(peer.id, now: loop.now, using: &random)
    if isNobodyElse { peer.rest(now: loop.now) }
    guard isNew else { return }
    log.write(
      isNobodyElse ? .debug : .warning, isNobodyElse ? "no other peer there" : "no peer there",
      [("peer", peer.address.description), ("reason", reason)])
  }

  private func fields(_ peer: KnownPeer, _ edge: EdgeID?, _ map: MapDigest?) -> [(String, String)] {
    var fields = [("peer", peer.address.description)]
    if let edge { fields.append(("edge", edge.description)) }
    return fields + [("map", map?.description ?? "-")]
  }
}

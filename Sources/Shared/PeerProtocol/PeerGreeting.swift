/// The beginning of a connection, seen from one side: hellos, and with a shared secret the proofs.
///
///     client                               server
///     HELLO  (at once)          ->         awaits HELLO
///     awaits HELLO              <-         HELLO
///     PROOF  (with a secret)    ->         awaits PROOF
///     awaits PROOF              <-         PROOF
///     ready                                ready
///
/// The server says nothing before it has heard a right hello, and proves nothing before it has seen the client's proof:
/// who does not know the secret learns no more than an edge's id and its map's digest.
struct PeerGreeting: Sendable {
  private enum State {
    case hello
    /// Their hello, and both lines in the order client, server.
    case proof(PeerHello, client: [UInt8], server: [UInt8])
  }

  private let party: PeerParty
  private let role: PeerProof.Role
  private let ownLine: [UInt8]
  private var state = State.hello

  /// Draws a nonce where the party has a secret.
  init(_ party: PeerParty, _ role: PeerProof.Role, using random: inout some RandomNumberGenerator) {
    self.party = party
    self.role = role
    let nonce = party.hmac == nil ? nil : PeerNonce(using: &random)
    let own = PeerHello(
      edge: party.edge, map: party.map, profile: party.profile, nonce: nonce,
      clients: party.clients)
    var line: [UInt8] = []
    PeerMessage.hello(own).append(to: &line)
    ownLine = line.dropLast()
  }

  /// The map that this side's hello tells.
  var map: MapDigest? { party.map }

  /// Whether both sides hash clients under the same key.
  func sharesClients(with hello: PeerHello) -> Bool {
    party.clients != nil && party.clients == hello.clients
  }

  /// What this side says first of all; a server says nothing.
  var opening: [UInt8] {
    role == .client ? ownLine + [UInt8(ascii: "\n")] : []
  }

  /// Takes the other side's next line; what must be said goes to `output`.
  ///
  /// - Returns: the other side's hello when all is done.
  mutating func take(
    _ message: PeerMessage, line: ArraySlice<UInt8>, output: inout [UInt8]
  ) throws(PeerFault) -> PeerHello? {
    switch (state, message) {
    case (.hello, .hello(let hello)):
      try check(hello)
      if role == .server { output += ownLine + [UInt8(ascii: "\n")] }
      guard let hmac = party.hmac else { return hello }
      let (client, server) =
        role == .client ? (ownLine, Array(line)) : (Array(line), ownLine)
      state = .proof(hello, client: client, server: server)
      if role == .client { say(hmac, client, server, &output) }
      return nil
    case (.proof(let hello, let client, let server), .proof(let proof)):
      guard let hmac = party.hmac else { throw .mode }
      let other: PeerProof.Role = role == .client ? .server : .client
      let expected = hmac(PeerProof.text(of: other, client: client, server: server))
      guard PeerProof.isEqual(proof, expected) else { throw .proof }
      if role == .server { say(hmac, client, server, &output) }
      return hello
    default:
      throw .unexpected
    }
  }

  private func check(_ hello: PeerHello) throws(PeerFault) {
    guard hello.edge != party.edge else { throw .itself }
    guard (hello.nonce == nil) == (party.hmac == nil) else { throw .mode }
    switch (party.profile, hello.profile) {
    case (let own?, let other?): guard own == other else { throw .profile }
    // Only a client may leave its profile open: somebody must know how names are prepared.
    case (nil, nil): throw .profile
    case (_?, nil): guard role == .server else { throw .profile }
    case (nil, _?): break
    }
  }

  private func say(
    _ hmac: PeerProof.HMAC, _ client: [UInt8], _ server: [UInt8], _ output: inout [UInt8]
  ) {
    PeerMessage.proof(hmac(PeerProof.text(of: role, client: client, server: server)))
      .append(to: &output)
  }
}

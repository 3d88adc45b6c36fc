import Shared

/// What a client says, piece by piece: from a whole piece to what the negotiation makes of it.
extension Conversation {
  /// An element that is a message.
  mutating func readMessage(
    _ piece: Span<UInt8>, _ place: Place, _ workspace: inout Workspace
  ) throws(StreamError) -> Negotiation.Reply? {
    if framing == .bosh {
      guard workspace.markup.isElement(0, "body", .bosh, in: piece) else { throw .badFormat }
      return try readHeader(piece, place.setup, &workspace)
    }
    if workspace.markup.isElement(0, "close", .framing, in: piece) {
      return negotiation.isUnopened ? negotiation.failed(.badFormat) : negotiation.clientEnded()
    }
    guard workspace.markup.isElement(0, "open", .framing, in: piece) == negotiation.isUnopened
    else {
      throw .badFormat
    }
    if negotiation.isUnopened { return try readHeader(piece, place.setup, &workspace) }
    return readElement(piece, place, &workspace)
  }

  /// Where a piece stands.
  struct Place {
    let setup: Setup
    let certificate: [UInt8]
    /// Nothing but white space comes after it.
    let isLast: Bool
  }

  /// nil: there is nothing to say.
  mutating func read(
    _ kind: Scanner.Piece, _ piece: Span<UInt8>, _ place: Place, _ workspace: inout Workspace
  ) -> Negotiation.Reply? {
    do throws(StreamError) {
      switch kind {
      case .space:
        return nil
      case .declaration:
        try XMLDeclaration.check(piece)
        shape.declares(piece)
        return nil
      case .header:
        try workspace.markup.read(piece, prefixes: nil)
        prefixes = try workspace.streamPrefixes(in: piece)
        return try readHeader(piece, place.setup, &workspace)
      case .element:
        try workspace.markup.read(piece, prefixes: prefixes)
        return readElement(piece, place, &workspace)
      case .end:
        let (name, colon) = try Markup.nameInEndTag(piece)
        guard let colon, prefixes.isStream(piece.extracting(name.lowerBound..<colon)),
          piece.extracting((colon + 1)..<name.upperBound).holds("stream")
        else { throw .notWellFormed }
        return negotiation.clientEnded()
      }
    } catch {
      return negotiation.failed(error)
    }
  }

  /// A stream's header, or what stands for it, read into `workspace.markup`.
  mutating func readHeader(
    _ piece: Span<UInt8>, _ setup: Setup, _ workspace: inout Workspace
  ) throws(StreamError) -> Negotiation.Reply {
    shape.opens(workspace.markup, piece)
    ownDomain = try workspace.streamDomain(in: piece, setup)
    knowsDomain = true
    // The version of a BOSH session is another one (XEP-0206 section 3).
    isModern = framing == .bosh ? true : try workspace.streamIsModern(in: piece)
    if setup.mayRelay {
      said.wipe()
      said.header = Said.copy(piece)
      said.isModern = isModern
    }
    // Whoever is relayed logs in here, and must not do so in the clear.
    let namesUser =
      negotiation.takesNames(early: setup.early && !setup.mayRelay)
      ? try workspace.streamNamesUser(in: piece, Workspace.Circumstances(domain: ownDomain, setup))
      : false
    isNamedByHeader = namesUser
    // Whoever has a BOSH session could be told nothing any more.
    if framing == .bosh, !namesUser { throw .notAuthorized }
    return negotiation.opened(isModern: isModern, namesUser: namesUser)
  }

  /// A child of the stream, read into `workspace.markup`.
  mutating func readElement(
    _ piece: Span<UInt8>, _ place: Place, _ workspace: inout Workspace
  ) -> Negotiation.Reply {
    let element = workspace.markup.elements[0]
    let name = piece.extracting(element.name)
    if element.namespace == .tls, name.holds("starttls") {
      shape.asksForTLS()
      return negotiation.askedForTLS(alone: place.isLast)
    }
    if element.namespace == .streams, name.holds("error") { return negotiation.clientEnded() }
    if negotiation.requiresTLS { return negotiation.failed(.policyViolation) }
    let circumstances = Workspace.Circumstances(
      domain: ownDomain, place.setup, certificate: place.certificate)
    if element.namespace == .client {
      guard name.holds("iq"),
        let query = workspace.markup.child("query", .iqAuth, of: 0, in: piece)
      else { return negotiation.failed(.notAuthorized) }
      shape.asks()
      guard let claim = workspace.ask(query, in: piece, circumstances) else {
        return negotiation.askedForFields()
      }
      if place.setup.mayRelay { said.begin(piece) }
      return negotiation.claimed(claim)
    }
    guard element.namespace == .sasl || element.namespace == .sasl2 else {
      return negotiation.failed(.unsupportedStanzaType)
    }
    let profile: SASLProfile = element.namespace == .sasl ? .sasl : .sasl2
    if name.holds(profile == .sasl ? "auth" : "authenticate") {
      readClient(profile, piece, place.setup, workspace.markup)
      if place.setup.mayRelay { said.begin(piece) }
      return negotiation.claimed(workspace.begin(profile, in: piece, circumstances))
    }
    if name.holds("response") {
      shape.responds()
      let awaited = negotiation.awaited
      if place.setup.mayRelay { said.go(on: piece) }
      return negotiation.claimed(
        workspace.respond(profile, to: awaited, in: piece, circumstances))
    }
    if name.holds("abort") { return negotiation.claimed(.refused(.sasl(profile, .aborted))) }
    return negotiation.failed(.unsupportedStanzaType)
  }

  /// What `<auth/>` or `<authenticate/>` tells about the client, not about its user.
  mutating func readClient(
    _ profile: SASLProfile, _ piece: Span<UInt8>, _ setup: Setup, _ markup: borrowing Markup
  ) {
    shape.logsIn(profile, piece, markup.value("mechanism", of: 0, in: piece) ?? 0..<0)
    guard profile == .sasl2,
      let agent = markup.child("user-agent", .sasl2, of: 0, in: piece)
    else { return }
    if let id = markup.value("id", of: agent, in: piece), !id.isEmpty {
      device = SipHash.hash24(piece.extracting(id), key: (0, 0))
    }
    if let software = markup.child("software", .sasl2, of: agent, in: piece),
      markup.isLeaf(software)
    {
      callsItselfFollower = setup.followers.haveSoftware(
        markup.elements[software].content, in: piece)
    }
  }
}

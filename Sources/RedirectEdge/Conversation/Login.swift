import Shared

/// What a login tells about the user. Each of these leaves the canonical name in `user` if it says
/// `.user`, and reads the element that `markup` holds.
extension Workspace {
  /// Where a login came from and what counts as a name there.
  struct Circumstances {
    /// The canonical domain of the stream: a user of another is no user here.
    let domain: [UInt8]
    let profile: JIDProfile
    /// Whether a name that is no user's is taken for `nobody`.
    let concealsUsers: Bool
    /// The `xmppAddr` of the client's certificate, or empty.
    let certificate: [UInt8]

    init(domain: [UInt8], _ setup: Setup, certificate: [UInt8] = []) {
      self.domain = domain
      profile = setup.profile
      concealsUsers = setup.concealsUsers
      self.certificate = certificate
    }
  }

  /// `<auth/>` (RFC 6120 section 6.4.2) or `<authenticate/>` (XEP-0388).
  mutating func begin(
    _ profile: SASLProfile, in bytes: Span<UInt8>, _ circumstances: Circumstances
  ) -> Negotiation.Claim {
    name.removeAll(keepingCapacity: true)
    if let value = markup.value("mechanism", of: 0, in: bytes) {
      Unescaped(value).append(to: &name, from: bytes)
    }
    guard let mechanism = Mechanism(name.span) else {
      return .refused(.sasl(profile, .invalidMechanism))
    }
    let initial =
      profile == .sasl ? 0 : markup.child("initial-response", .sasl2, of: 0, in: bytes)
    guard let initial else { return .later(mechanism, profile) }
    // In SASL 1 an empty element has no message, and `=` is an empty message.
    if profile == .sasl, markup.elements[0].content.isEmpty { return .later(mechanism, profile) }
    return read(initial, of: mechanism, profile, in: bytes, circumstances)
  }

  /// `<response/>` to our empty challenge.
  mutating func respond(
    _ profile: SASLProfile, to mechanism: Mechanism?, in bytes: Span<UInt8>,
    _ circumstances: Circumstances
  ) -> Negotiation.Claim {
    guard let mechanism else { return .refused(.sasl(profile, .malformedRequest)) }
    return read(0, of: mechanism, profile, in: bytes, circumstances)
  }

  /// `jabber:iq:auth` (XEP-0078) as child `query`; nil: it asks for the fields.
  mutating func ask(
    _ query: Int, in bytes: Span<UInt8>, _ circumstances: Circumstances
  ) -> Negotiation.Claim? {
    name.removeAll(keepingCapacity: true)
    if let username = markup.child("username", .iqAuth, of: query, in: bytes),
      markup.isLeaf(username)
    {
      Unescaped(markup.elements[username].content).append(to: &name, from: bytes)
    }
    if name.isEmpty, let type = markup.value("type", of: 0, in: bytes),
      Unescaped(type).holds("get", in: bytes)
    {
      return nil
    }
    return nameUser(circumstances) ? .user : .refused(.query)
  }

  /// Reads the message in element `index`.
  private mutating func read(
    _ index: Int, of mechanism: Mechanism, _ profile: SASLProfile, in bytes: Span<UInt8>,
    _ circumstances: Circumstances
  ) -> Negotiation.Claim {
    guard markup.isLeaf(index) else { return .refused(.sasl(profile, .malformedRequest)) }
    defer { wipeMessage() }
    do throws(SASLCondition) {
      try decode(markup.elements[index].content, in: bytes)
      try identify(mechanism, circumstances)
      return .user
    } catch {
      return .refused(.sasl(profile, error))
    }
  }

  private mutating func decode(
    _ content: Range<Int>, in bytes: Span<UInt8>
  ) throws(SASLCondition) {
    message.removeAll(keepingCapacity: true)
    // Never moved while it fills: no copy of a password stays behind.
    message.reserveCapacity(content.count)
    if Unescaped(content).holds("=", in: bytes) { return }
    guard Base64.decode(Unescaped(content), in: bytes, to: &message) else {
      throw .incorrectEncoding
    }
  }

  /// The identity to act as wins over the one that logs in; a certificate counts if neither is given.
  private mutating func identify(
    _ mechanism: Mechanism, _ circumstances: Circumstances
  ) throws(SASLCondition) {
    let said = try SASLMessage(message.span, of: mechanism)
    name.removeAll(keepingCapacity: true)
    if let authorization = said.authorization {
      try said.append(authorization, of: message, to: &name)
      guard nameUser(circumstances) else { throw .invalidAuthzid }
      return
    }
    if let authentication = said.authentication {
      try said.append(authentication, of: message, to: &name)
    } else if mechanism == .external {
      name.append(contentsOf: circumstances.certificate)
    }
    guard nameUser(circumstances) else { throw .notAuthorized }
  }

  /// Makes `user` of `name`, a simple user name or a JID, and `isNobody`; false: it is no user of the domain, and the
  /// client may hear that.
  mutating func nameUser(_ circumstances: Circumstances) -> Bool {
    isNobody = false
    do throws(JIDError) {
      try Self.makeUser(of: name, circumstances.domain, circumstances.profile, &user)
    } catch {
      guard circumstances.concealsUsers, !name.isEmpty else { return false }
      isNobody = nameNobody(of: circumstances.domain, circumstances.profile)
      return isNobody
    }
    return userIsOf(circumstances.domain)
  }

  /// A name without an at-sign is a localpart, whatever else is in it.
  private static func makeUser(
    of name: [UInt8], _ domain: [UInt8], _ profile: JIDProfile, _ user: inout [UInt8]
  ) throws(JIDError) {
    user.removeAll(keepingCapacity: true)
    if name.span.firstIndex(of: UInt8(ascii: "@")) == nil {
      try CanonicalJID.append(local: name.span, domain: domain.span, profile: profile, to: &user)
    } else {
      try CanonicalJID.append(
        jid: name.span, fallbackDomain: domain.span, profile: profile, to: &user)
    }
  }

  /// Whether the canonical `user` is one of `domain`.
  private func userIsOf(_ domain: [UInt8]) -> Bool {
    let split = user.count - domain.count - 1
    guard split > 0, user[split] == UInt8(ascii: "@") else { return false }
    return user.span.extracting((split + 1)...).equals(domain.span)
  }
}

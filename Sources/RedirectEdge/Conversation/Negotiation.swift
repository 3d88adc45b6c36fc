/// The stream between a client and the edge, as states and what leads from one to the next. All
/// transitions are in this file; the bytes are elsewhere.
///
/// A client is asked for nothing but its name. In the clear (`Security.starttls`) nobody is asked
/// before TLS is up, because a redirect that anybody can forge leads anywhere (RFC 6120 section
/// 4.9.3.19); `redirect.early` is the exception. The header's `from` is the name if it has a localpart.
/// If not, mechanisms are offered, and whatever the client then says first names it; its proof is
/// never asked for. Once the name is known nothing is read any more: the caller finds the node and
/// answers, and an answer ends the stream.
///
///     state                event                              next                what is said
///     unopened(starttls)   header                             offeringTLS         header, <starttls/>
///                          header of a client before 1.0      ended               unsupported-version
///     unopened(tls,plain)  header                             offeringMechanisms  header, mechanisms
///                          header of a client before 1.0      offeringMechanisms  header
///     unopened             header that names the user         identified          -
///     offeringTLS          <starttls/>                        securing            <proceed/>
///                          <starttls/>, more than space       ended               policy-violation
///                          any other element                  ended               policy-violation
///     securing             TLS is up                          unopened(tls)       -
///     unopened(starttls)   TLS is up (direct)                 unopened(tls)       -
///     offeringMechanisms,  <auth/>, <authenticate/>, iq: name identified          -
///     challenged           the same, no name yet              challenged          <challenge/>
///                          the same, unusable                 offeringMechanisms  <failure/>
///                          the third of those                 ended               <failure/>, policy-violation
///                          <abort/>                           offeringMechanisms  <failure/> aborted
///                          <starttls/>                        ended               <failure/>
///                          query without username             the same            the fields
///                          any other element                  ended               its error
///     challenged           <response/>                        as <auth/>
///     offering.., challen. the stream's end                   ended               </stream:stream>
///     identified           redirect                           ended               see-other-host
///     any but ended        failure                            ended               its error
enum Negotiation: ~Copyable {
  /// No header of this stream was read.
  case unopened(Security)
  /// In the clear, with nothing but TLS to go on with.
  case offeringTLS
  /// `<proceed/>` is said.
  case securing
  /// The client may log in; so many attempts were refused.
  case offeringMechanisms(refused: UInt8)
  /// The client chose a mechanism; its first message is awaited.
  case challenged(Mechanism, refused: UInt8)
  /// The name is known. `opened`: our header is sent.
  case identified(opened: Bool)
  /// The end tag is sent.
  case ended

  /// What is to be said or done.
  enum Reply: Equatable {
    /// Our header, and what is offered.
    case greet(Offer)
    case proceed
    /// STARTTLS where there is none: `<failure/>` and the end (RFC 6120 section 5.4.2.2).
    case refuseTLS
    case identified
    case challenge(SASLProfile)
    /// The attempt is refused; if it is the `last`, the stream ends with a `policy-violation`.
    case refuse(Refusal, last: Bool)
    /// The fields of `jabber:iq:auth`.
    case fields
    /// The end tag.
    case end
    /// The stream error and the end; before it our header, if `opening`.
    case fail(StreamError, opening: Bool)
    /// Nothing: the stream has ended.
    case silence
  }

  enum Offer: Equatable { case tls, mechanisms, nothing }

  /// How an attempt to log in is refused: in the form it was made in.
  enum Refusal: Equatable {
    case sasl(SASLProfile, SASLCondition)
    /// An `iq` without a name that can be used (XEP-0078).
    case query
  }

  /// What a message said about the user.
  enum Claim: Equatable {
    /// Who it is.
    case user
    /// The mechanism; its first message comes later.
    case later(Mechanism, SASLProfile)
    case refused(Refusal)
  }

  /// RFC 6120 section 6.4.5 recommends two to five attempts.
  static let mostRefusals: UInt8 = 3

  // MARK: Events

  /// The client's header. `isModern`: it announced version 1.0 or later.
  mutating func opened(isModern: Bool, namesUser: Bool) -> Reply {
    switch consume self {
    case .unopened where namesUser:
      self = .identified(opened: false)
      return .identified
    case .unopened(.starttls) where isModern:
      self = .offeringTLS
      return .greet(.tls)
    case .unopened(.starttls):
      self = .ended
      return .fail(.unsupportedVersion, opening: true)
    case .unopened:
      self = .offeringMechanisms(refused: 0)
      return .greet(isModern ? .mechanisms : .nothing)
    case let state:
      state.rejects("a header")
    }
  }

  /// `<starttls/>`; `alone`: nothing but white space came after it.
  mutating func askedForTLS(alone: Bool) -> Reply {
    switch consume self {
    case .offeringTLS where alone:
      self = .securing
      return .proceed
    case .offeringTLS:
      // What stands there came in the clear and would seem to come from inside TLS (CVE-2011-0411 is the same in SMTP).
      // RFC 6120 section 5.3.3 forbids even white space, but go-xmpp sends a line feed, and dropping that harms nobody.
      self = .ended
      return .fail(.policyViolation, opening: false)
    case .offeringMechanisms:
      self = .ended
      return .refuseTLS
    case .challenged:
      self = .ended
      return .refuseTLS
    case let state:
      state.rejects("<starttls/>")
    }
  }

  /// TLS is up.
  mutating func secured() {
    switch consume self {
    case .securing: self = .unopened(.tls)
    case .unopened(.starttls): self = .unopened(.tls)
    case let state: state.rejects("secured()")
    }
  }

  /// An attempt to log in, or its continuation.
  mutating func claimed(_ claim: Claim) -> Reply {
    switch consume self {
    case .offeringMechanisms(let refused):
      self = .offeringMechanisms(refused: refused)
      return judge(claim, refused)
    case .challenged(_, let refused):
      self = .offeringMechanisms(refused: refused)
      return judge(claim, refused)
    case let state:
      state.rejects("a login")
    }
  }

  private mutating func judge(_ claim: Claim, _ refused: UInt8) -> Reply {
    switch claim {
    case .user:
      self = .identified(opened: true)
      return .identified
    case .later(let mechanism, let profile):
      self = .challenged(mechanism, refused: refused)
      return .challenge(profile)
    case .refused(let refusal) where refused + 1 < Self.mostRefusals:
      self = .offeringMechanisms(refused: refused + 1)
      return .refuse(refusal, last: false)
    case .refused(let refusal):
      self = .ended
      return .refuse(refusal, last: true)
    }
  }

  /// A client before SASL asks what it must tell.
  mutating func askedForFields() -> Reply {
    switch consume self {
    case .offeringMechanisms(let refused):
      self = .offeringMechanisms(refused: refused)
      return .fields
    case .challenged(_, let refused):
      self = .offeringMechanisms(refused: refused)
      return .fields
    case let state:
      state.rejects("a query")
    }
  }

  /// The stream's end tag, or the client's own stream error.
  mutating func clientEnded() -> Reply {
    switch consume self {
    case .offeringTLS: self = .ended
    case .offeringMechanisms: self = .ended
    case .challenged: self = .ended
    case let state: state.rejects("an end tag")
    }
    return .end
  }

  /// Whatever ends it: a violation, a timeout, no node. Nothing can be said during a TLS handshake, nor
  /// after the end tag.
  mutating func failed(_ error: StreamError) -> Reply {
    switch consume self {
    case .unopened: self = .ended
    case .identified(opened: false): self = .ended
    case .securing:
      self = .ended
      return .silence
    case .ended:
      self = .ended
      return .silence
    case _:
      self = .ended
      return .fail(error, opening: false)
    }
    return .fail(error, opening: true)
  }

  /// The caller has found the node. True: our header must come first.
  mutating func redirected() -> Bool {
    switch consume self {
    case .identified(let opened):
      self = .ended
      return !opened
    case let state:
      state.rejects("redirect()")
    }
  }

  // MARK: What the reader of the bytes must know

  /// Whose turn it is.
  enum Turn { case client, caller, nobody }

  var turn: Turn {
    switch self {
    case .identified: .caller
    case .ended: .nobody
    case .securing: rejects("receive() before secured()")
    case _: .client
    }
  }

  /// The client has not opened its stream.
  var isUnopened: Bool {
    switch self {
    case .unopened: true
    case _: false
    }
  }

  /// The stream is not open, and may turn out to be TLS.
  var mayBeHello: Bool {
    switch self {
    case .unopened(.starttls): true
    case _: false
    }
  }

  /// Whether a name on the header that comes next counts.
  func takesNames(early: Bool) -> Bool {
    early || !mayBeHello
  }

  /// Nothing but STARTTLS may come.
  var requiresTLS: Bool {
    switch self {
    case .offeringTLS: true
    case _: false
    }
  }

  /// The mechanism whose first message is awaited.
  var awaited: Mechanism? {
    switch self {
    case .challenged(let mechanism, _): mechanism
    case _: nil
    }
  }

  /// The program is wrong: this event cannot come in this state.
  private func rejects(_ event: String) -> Never {
    switch self {
    case .unopened: preconditionFailure("\(event) while unopened")
    case .offeringTLS: preconditionFailure("\(event) while offeringTLS")
    case .securing: preconditionFailure("\(event) while securing")
    case .offeringMechanisms: preconditionFailure("\(event) while offeringMechanisms")
    case .challenged: preconditionFailure("\(event) while challenged")
    case .identified: preconditionFailure("\(event) while identified")
    case .ended: preconditionFailure("\(event) while ended")
    }
  }
}

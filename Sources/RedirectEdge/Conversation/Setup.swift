import Shared

/// What does not change while a connection lasts: built once for each listener and snapshot.
public struct Setup: Sendable {
  /// The hosted domains; empty: any domain is served.
  public let domains: [Domain]
  /// Whether a name on the header is answered before TLS (`redirect.early`); never where clients may be relayed.
  public let early: Bool
  /// How names become keys.
  public let profile: JIDProfile
  /// Whether a name that no user can have is answered like that of an unknown user (`.nobody`) and not refused, so that
  /// answers tell nothing about who is one. The caller must have a node for any name.
  public let concealsUsers: Bool
  /// Whether clients may be relayed: then what they say is kept until they have their answer.
  public let mayRelay: Bool
  /// What nodes offer to clients of a domain, word for word (`NodeFeatures.shown`), where it is known.
  public let offers: [[UInt8]: [UInt8]]
  /// Clients that are known to follow redirects by themselves.
  public let followers: Followers
  /// SASL mechanisms as offered, in order.
  public let mechanisms: [String]
  /// What a client may send before it has its answer.
  public let limits: Limits
  /// `<stream:features/>` with the mechanisms, ready to send.
  let features: [UInt8]

  /// Mechanisms that name the user first and keep the password from the edge.
  public static let defaultMechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-1"]

  /// Everything but the domains has the default of the configuration.
  public init(
    domains: [Domain], early: Bool = false, profile: JIDProfile = .nodeprep,
    concealsUsers: Bool = false, mayRelay: Bool = false, offers: [[UInt8]: [UInt8]] = [:],
    followers: Followers = .shipped, mechanisms: [String] = Setup.defaultMechanisms,
    framing: Framing = .document, limits: Limits = Limits()
  ) {
    self.domains = domains
    self.early = early
    self.profile = profile
    self.concealsUsers = concealsUsers
    self.mayRelay = mayRelay
    self.offers = offers
    self.followers = followers
    self.mechanisms = mechanisms
    self.limits = limits
    features = Answer.features(mechanisms, framing)
  }
}

/// What a client may send before it has its answer; more is a `policy-violation`.
public struct Limits: Sendable, Equatable {
  /// Bytes of XML in all, of both streams if TLS comes between them.
  public let bytes: Int
  /// Elements in all; the stream headers count.
  public let elements: Int
  /// How deep elements may nest; the stream itself has depth 1.
  public let depth: Int

  /// The defaults are ejabberd's limits of 2026 before authentication; the deepest element that is
  /// of use here, the `username` of `jabber:iq:auth`, has depth 4. What is out of bounds is brought
  /// to the bound: a connection keeps its counts in few bytes.
  public init(bytes: Int = 8192, elements: Int = 32, depth: Int = 8) {
    self.bytes = min(max(bytes, 1), 1 << 24)
    self.elements = min(max(elements, 1), 1 << 15)
    self.depth = min(max(depth, 1), 1 << 10)
  }
}

/// How the bytes of a stream travel.
public enum Security: Sendable {
  /// In the clear; TLS is offered and required.
  case starttls
  /// Inside TLS.
  case tls
  /// In the clear, because a balancer ended TLS.
  case plain
}

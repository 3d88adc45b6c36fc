/// What the rosters said, ready to be cut: local users in byte order and the ties between them.
///
/// Invariants: `ties` has a row for each user, and no other.
public struct Contacts: Sendable, Equatable {
  /// Every local user, sorted by canonical bytes. Positions in it are the ids that ties use.
  public let users: UserNames
  /// Undirected ties between local users.
  public let ties: Ties
  /// Entries that made no tie, by reason, in the order of `DropReason.allCases`; zeros left out.
  public let dropped: [Dropped]
  /// The first name that was not a JID: where it stood and what was wrong with it.
  public let firstMalformed: String?

  /// Entries that were left out for one reason.
  public struct Dropped: Sendable, Equatable {
    /// Why.
    public let reason: DropReason
    /// How many entries.
    public let count: Int

    /// A count of entries that were left out.
    public init(reason: DropReason, count: Int) {
      self.reason = reason
      self.count = count
    }
  }

  /// Contacts that were put together elsewhere (tests, other sources). The invariants above are
  /// the caller's to keep.
  public init(
    users: UserNames, ties: [Tie], dropped: [Dropped] = [], firstMalformed: String? = nil
  ) {
    self.users = users
    self.ties = Ties(users: users.count, ties)
    self.dropped = dropped
    self.firstMalformed = firstMalformed
  }

  init(users: UserNames, ties: Ties, dropped: [Dropped], firstMalformed: String?) {
    precondition(ties.rowEnds.count == users.count)
    self.users = users
    self.ties = ties
    self.dropped = dropped
    self.firstMalformed = firstMalformed
  }
}

/// An undirected edge between two users.
public struct Tie: Sendable, Hashable {
  /// The user whose name sorts first; an index into `Contacts.users`.
  public let a: UInt32
  /// The other one; always greater than `a`.
  public let b: UInt32
  /// Directions that presence takes (1 or 2), or traffic where the input gave it.
  public let weight: UInt32

  /// A tie between users `a` and `b`; `a < b`.
  public init(a: UInt32, b: UInt32, weight: UInt32) {
    self.a = a
    self.b = b
    self.weight = weight
  }
}

/// Why an entry made no tie. The raw value is what reports print.
public enum DropReason: String, Sendable, CaseIterable {
  /// A contact, or the owner of a roster, outside the local domains.
  case remote = "remote domain"
  /// A contact without a localpart: a gateway, a component, a server.
  case gateway = "gateway or server"
  /// A user who lists himself.
  case ownself = "the user himself"
  /// Subscription `none` or an unanswered request, or `remove`: no presence flows.
  case unsubscribed = "not subscribed"
  /// Traffic of 0.
  case weightless = "weight 0"
  /// Not a JID under the profile in use.
  case malformed = "malformed JID"

  /// Position in a list of counts by reason.
  var place: Int {
    switch self {
    case .remote: 0
    case .gateway: 1
    case .ownself: 2
    case .unsubscribed: 3
    case .weightless: 4
    case .malformed: 5
    }
  }
}

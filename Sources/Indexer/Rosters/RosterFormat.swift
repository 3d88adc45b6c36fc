/// The forms of contact lists that can be read. The raw value is what `--format` takes.
public enum RosterFormat: String, CaseIterable, Sendable {
  /// Lines `user<TAB>contact[<TAB>weight]`.
  case tsv
  /// XEP-0227, the portable export format for XMPP servers; XML.
  case xep0227
  /// Rows of ejabberd's table `rosterusers`, old schema or new (with `server_host`).
  case ejabberd
  /// Rows of MongooseIM's table `rosterusers`, where `server` is the user's domain.
  case mongooseim
  /// Rows of Openfire's table `ofRoster`.
  case openfire
  /// Rows of Prosody's table `prosody`.
  case prosody
}

/// What a roster entry says about who sees whose presence (RFC 6121 section 2.1.2.5).
public enum Subscription: Sendable, Hashable {
  /// Nobody sees anybody; a request may be waiting.
  case none
  /// The owner of the roster sees the contact.
  case to
  /// The contact sees the owner of the roster.
  case from
  /// Both see each other.
  case both
  /// The entry is being taken off the roster.
  case remove
}

/// The ways that presence takes between the owner of a roster and one contact.
struct Directions: OptionSet, Sendable {
  let rawValue: UInt8

  /// The owner's presence reaches the contact.
  static let outward = Directions(rawValue: 1)
  /// The contact's presence reaches the owner.
  static let inward = Directions(rawValue: 2)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(_ subscription: Subscription) {
    switch subscription {
    case .none, .remove: self = []
    case .from: self = .outward
    case .to: self = .inward
    case .both: self = [.outward, .inward]
    }
  }

  /// The same, seen from the contact.
  var reversed: Directions { Directions(rawValue: rawValue >> 1 | (rawValue & 1) << 1) }
  /// How many ways: 0, 1 or 2.
  var count: UInt32 { UInt32(rawValue.nonzeroBitCount) }
}

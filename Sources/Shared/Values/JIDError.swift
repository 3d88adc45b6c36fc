/// Why a name is not a JID (RFC 7622 section 3, RFC 3920 section 3).
public enum JIDError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The parts of a JID.
  public enum Part: String, Sendable {
    case local = "localpart"
    case domain = "domainpart"
    case resource = "resourcepart"
  }

  /// Nothing stands there, or nothing is left of it after preparation.
  case empty(Part)
  /// More than `CanonicalJID.longestPart` bytes after preparation.
  case tooLong(Part)
  /// The bytes are not UTF-8.
  case notUTF8(Part)
  /// A character that the profile forbids there.
  case prohibited(Part)
  /// Left-to-right and right-to-left characters mixed in a forbidden way (RFC 3454 section 6,
  /// RFC 5893 section 2).
  case mixedDirections(Part)
  /// Preparation gives something else each time it is applied (RFC 8264 section 7).
  case unstable(Part)
  /// A domain with an empty label: `a..b`.
  case emptyLabel
  /// A name without a domain, and none to complete it with.
  case missingDomain

  /// A sentence for people; it does not repeat the name, which may be private.
  public var description: String {
    switch self {
    case .empty(let part): "the \(part.rawValue) is empty"
    case .tooLong(let part):
      "the \(part.rawValue) is longer than \(CanonicalJID.longestPart) bytes"
    case .notUTF8(let part): "the \(part.rawValue) is not UTF-8"
    case .prohibited(let part): "the \(part.rawValue) contains a prohibited character"
    case .mixedDirections(let part):
      "the \(part.rawValue) mixes left-to-right and right-to-left characters"
    case .unstable(let part): "the \(part.rawValue) has no canonical form"
    case .emptyLabel: "the domainpart has an empty label"
    case .missingDomain: "the domain is missing; expected local@domain"
    }
  }
}

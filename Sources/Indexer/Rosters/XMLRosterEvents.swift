/// What an XEP-0227 document says about rosters, in the order of the document.
struct XMLRosterEvents {
  /// One thing found; texts are ranges of `bytes`.
  enum Event {
    /// Users that follow belong to this domain.
    case host(jid: Range<Int>)
    /// Entries that follow are in this user's roster.
    case user(name: Range<Int>)
    case item(jid: Range<Int>, subscription: Range<Int>?)
    /// Another file belongs here.
    case include(href: Range<Int>, inside: XMLRosterPlace)
  }

  var bytes: [UInt8] = []
  var list: [(event: Event, line: Int)] = []

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    list.removeAll(keepingCapacity: true)
  }
}

/// Where in an XEP-0227 document the parser is; the document's skeleton, all else is skipped.
enum XMLRosterPlace: Sendable, Equatable {
  case document
  case serverData
  case host
  case user
  case roster
  case item
}

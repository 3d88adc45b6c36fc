import Shared

/// Reads XEP-0227 documents, whole or split with XInclude (XEP-0227 section 5).
///
/// The reader opens nothing: it reports what is to be included, and whoever reads files makes a
/// reader for each, with the context that the include stands in.
struct XEP0227Reader: RosterReader {
  private let file: String
  private let expat: Expat
  /// The domain and the user that the parser is inside of, or was last.
  private var host: [UInt8]
  private var user: [UInt8]
  /// Files that the document includes, since they were last taken.
  private var includes: [RosterInclude] = []

  init(file: String, context: XEP0227Context) {
    self.file = file
    host = context.host
    user = context.user
    expat = Expat(inside: context.place)
  }

  mutating func read(_ chunk: Span<UInt8>, into collector: inout ContactCollector) throws(Complaint)
  {
    try parse(chunk, isLast: false, into: &collector)
  }

  mutating func finish(into collector: inout ContactCollector) throws(Complaint) {
    try parse([UInt8]().span, isLast: true, into: &collector)
  }

  /// The includes found so far; each is handed out once.
  mutating func takeIncludes() -> [RosterInclude] {
    defer { includes = [] }
    return includes
  }

  private mutating func parse(
    _ chunk: Span<UInt8>, isLast: Bool, into collector: inout ContactCollector
  ) throws(Complaint) {
    let problem = expat.parse(chunk, isLast: isLast)
    let line = expat.line
    let events = expat.events
    expat.events.removeAll()
    for (event, line) in events.list { try take(event, line, events.bytes.span, into: &collector) }
    if let problem { throw Complaint(at: SourcePlace(file: file, line: line), problem) }
  }

  private mutating func take(
    _ event: XMLRosterEvents.Event, _ line: Int, _ bytes: Span<UInt8>,
    into collector: inout ContactCollector
  ) throws(Complaint) {
    switch event {
    case .host(let jid):
      host = [UInt8](copying: bytes.extracting(jid))
    case .user(let name):
      user = [UInt8](copying: bytes.extracting(name))
      setOwner(line, into: &collector)
      collector.addOwnerAlone()
    case .item(let jid, let word):
      // Included files may have come in between.
      setOwner(line, into: &collector)
      var subscription = Subscription.none
      if let word {
        let text = bytes.extracting(word)
        guard let known = Subscription(word: text) else {
          throw Complaint(
            at: SourcePlace(file: file, line: line),
            "\(quoted(text)) for a subscription; expected none, to, from, both or remove")
        }
        subscription = known
      }
      collector.add(contact: bytes.extracting(jid), subscription: subscription, line: line)
    case .include(let href, let place):
      let text = String(decoding: [UInt8](copying: bytes.extracting(href)), as: UTF8.self)
      let context = XEP0227Context(place: place, host: host, user: user)
      includes.append(RosterInclude(href: text, line: line, context: context))
    }
  }

  private func setOwner(_ line: Int, into collector: inout ContactCollector) {
    collector.setOwner(local: user.span, domain: host.span, line: line)
  }
}

/// Which part of an XEP-0227 document a file holds: all of it, or what stands where another file
/// includes it.
public struct XEP0227Context: Sendable, Equatable {
  let place: XMLRosterPlace
  /// The domain around the include, if there is one.
  let host: [UInt8]
  /// The user around the include, if there is one.
  let user: [UInt8]

  init(place: XMLRosterPlace, host: [UInt8], user: [UInt8]) {
    self.place = place
    self.host = host
    self.user = user
  }

  /// A whole document.
  public static let document = XEP0227Context(place: .document, host: [], user: [])
}

/// A file that another one includes.
public struct RosterInclude: Sendable, Equatable {
  /// As written: relative to the file that includes it.
  public let href: String
  /// The line of the include.
  public let line: Int
  /// What the included file continues.
  public let context: XEP0227Context
}

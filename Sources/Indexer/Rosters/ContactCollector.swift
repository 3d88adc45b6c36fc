import Shared

/// Turns what readers find into `Contacts`.
///
/// A reader names the owner of a roster, then each of its entries. Names come in raw and are made
/// canonical here, once. What is dropped leaves no trace but its count, so a name that occurs only in
/// dropped entries is not a user; the owner of a roster always is one, if he is local.
///
/// Memory: names once (plus some 24 bytes each) and 9 bytes an entry, 16 where it has a weight.
public struct ContactCollector: Sendable {
  private let profile: JIDProfile
  /// The canonical domain of names that are written without one; empty if there is none.
  let defaultDomain: [UInt8]
  /// Domains told by the caller, or learnt from the owners of rosters.
  private var local = DomainTable()
  /// Whether `local` was told by the caller: then what is remote is known at once.
  private let localIsGiven: Bool

  private var names = NameTable()
  /// Domain of each name, as a number in `domains`.
  private var domainOf: [UInt32] = []
  private var domains = DomainTable()
  private var owner = Party.none
  /// The raw name of `owner`: rosters come owner by owner, so most names need no work at all.
  private var rawOwner: [UInt8] = []
  private var directed = DirectedEntries()
  private var traffic = TrafficEntries()
  private var dropped = [Int](repeating: 0, count: DropReason.allCases.count)
  private var firstMalformed: String?
  private var file = ""
  private var scratch: [UInt8] = []

  private var batch = NameBatch()
  private var waiting: [Waiting] = []

  private enum Party {
    case none
    case user(UInt32)
    /// Not looked up yet: a place in `batch`.
    case waiting(UInt32)
    case dropped(DropReason)
  }

  /// An entry whose names have not been looked up yet.
  private struct Waiting {
    let owner: Party
    /// A place in `batch`.
    let contact: UInt32
    let statement: Statement
    let line: Int
  }

  private enum Statement {
    case directions(Directions)
    case weight(UInt32)
  }

  /// - Parameters:
  ///   - domains: The local domains; empty: the domains of those who own a roster.
  ///   - profile: How names are made canonical.
  public init(domains: [Domain], profile: JIDProfile) {
    self.profile = profile
    localIsGiven = !domains.isEmpty
    for domain in domains { _ = local.intern(domain.bytes.span) }
    defaultDomain = domains.count == 1 ? domains[0].bytes : []
  }

  /// Entries that follow come from `name`, which complaints about them will tell.
  mutating func goOn(file name: String) {
    if file == name { return }
    lookUp()
    file = name
    owner = .none
    rawOwner.removeAll(keepingCapacity: true)
  }

  /// Entries that follow belong to the roster of `local@domain`, who is a user even without any.
  mutating func setOwner(local name: Span<UInt8>, domain: Span<UInt8>, line: Int) {
    if isOwner(name, domain) { return }
    rawOwner.removeAll(keepingCapacity: true)
    rawOwner.append(copying: name)
    rawOwner.append(0x40)
    rawOwner.append(copying: domain)
    if batch.count >= NameBatch.size { lookUp() }
    owner = party(local: name, domain: domain, isOwner: true, line: line)
  }

  /// An entry that names only its owner: no tie, and nothing to count unless the owner is dropped.
  mutating func addOwnerAlone() {
    if case .dropped(let reason) = owner { drop(reason) }
  }

  /// An entry of the owner's roster.
  mutating func add(contact: Span<UInt8>, subscription: Subscription, line: Int) {
    let directions = Directions(subscription)
    add(
      contact, .directions(directions), unless: directions.isEmpty ? .unsubscribed : nil, line)
  }

  /// Traffic between the owner and a contact.
  mutating func add(contact: Span<UInt8>, weight: UInt32, line: Int) {
    add(contact, .weight(weight), unless: weight == 0 ? .weightless : nil, line)
  }

  private mutating func add(
    _ contact: Span<UInt8>, _ statement: Statement, unless reason: DropReason?, _ line: Int
  ) {
    switch owner {
    case .none: preconditionFailure("a contact without an owner")
    case .dropped(let reason): return drop(reason)
    case .user, .waiting: break
    }
    if let reason { return drop(reason) }
    let bare = contact.extracting(0..<(contact.firstIndex(of: 0x2F) ?? contact.count))
    guard let at = bare.firstIndex(of: 0x40) else {
      return drop(contact.isEmpty ? .malformed : .gateway)
    }
    let party = party(
      local: bare.extracting(0..<at), domain: bare.extracting((at + 1)..<bare.count),
      isOwner: false, line: line)
    switch party {
    case .dropped(let reason): drop(reason)
    case .waiting(let place):
      waiting.append(Waiting(owner: owner, contact: place, statement: statement, line: line))
      if batch.count >= NameBatch.size { lookUp() }
    case .none, .user: break
    }
  }

  /// Looks up all names that wait, and files the entries that they belong to.
  private mutating func lookUp() {
    // Out of `self` while `self` changes, and back: the buffer is reused.
    var batch = NameBatch()
    swap(&batch, &self.batch)
    defer {
      batch.removeAll()
      swap(&batch, &self.batch)
    }
    let ids = names.intern(batch)
    // Ids are given in order: the next one is a new name's.
    for place in ids.indices where Int(ids[place]) == domainOf.count {
      let name = batch.bytes.span.extracting(batch.range(place))
      let at = name.firstIndex(of: 0x40) ?? 0
      domainOf.append(domains.intern(name.extracting((at + 1)..<name.count)))
    }
    for entry in waiting {
      let contact = ids[Int(entry.contact)]
      let from: UInt32
      switch entry.owner {
      case .user(let id): from = id
      case .waiting(let place): from = ids[Int(place)]
      case .none, .dropped: continue
      }
      if contact == from {
        drop(.ownself)
        continue
      }
      switch entry.statement {
      case .directions(let ways):
        directed.append(owner: from, contact: contact, directions: ways)
      case .weight(let weight):
        traffic.append(owner: from, contact: contact, weight: weight, file: file, line: entry.line)
      }
    }
    if case .waiting(let place) = owner { owner = .user(ids[Int(place)]) }
    waiting.removeAll(keepingCapacity: true)
  }

  private func isOwner(_ name: Span<UInt8>, _ domain: Span<UInt8>) -> Bool {
    guard rawOwner.count == name.count + 1 + domain.count else { return false }
    let raw = rawOwner.span
    return raw[name.count] == 0x40
      && raw.extracting(0..<name.count).hasSameBytes(as: name)
      && raw.extracting((name.count + 1)..<raw.count).hasSameBytes(as: domain)
  }

  /// Puts `local@domain` in canonical form into the batch, or tells why it is dropped.
  private mutating func party(
    local name: Span<UInt8>, domain: Span<UInt8>, isOwner: Bool, line: Int
  ) -> Party {
    // Out of `self` while `self` changes, and back: the buffer is reused.
    var canonical: [UInt8] = []
    swap(&canonical, &scratch)
    defer { swap(&canonical, &scratch) }
    canonical.removeAll(keepingCapacity: true)
    do throws(JIDError) {
      try CanonicalJID.append(local: name, domain: domain, profile: profile, to: &canonical)
    } catch {
      complain(local: name, domain: domain, error: error, line: line)
      return .dropped(.malformed)
    }
    let at = canonical.span.firstIndex(of: 0x40) ?? 0
    let host = canonical.span.extracting((at + 1)..<canonical.count)
    if localIsGiven {
      guard local.find(host) != nil else { return .dropped(.remote) }
    } else if isOwner {
      _ = local.intern(host)
    }
    return .waiting(batch.append(canonical.span))
  }

  private mutating func complain(
    local name: Span<UInt8>, domain: Span<UInt8>, error: JIDError, line: Int
  ) {
    guard firstMalformed == nil else { return }
    var raw = [UInt8](copying: name)
    raw.append(0x40)
    raw.append(copying: domain)
    firstMalformed = "\(file):\(line): \(quoted(raw.span)): \(error)"
  }

  private mutating func drop(_ reason: DropReason) {
    dropped[reason.place] += 1
  }
}

extension ContactCollector {
  /// Sorts the users, drops what turned out to be remote, and joins entries into ties.
  ///
  /// Throws if the traffic of a pair does not fit a weight; the complaint names the line.
  public consuming func finish() throws(Complaint) -> Contacts {
    lookUp()
    var isLocal = [Bool]()
    for number in 0..<domains.count {
      isLocal.append(local.find(domains.name(number).span) != nil)
    }
    let users = SortedNames(names, where: { isLocal[Int(domainOf[$0])] })
    let byDirection = directed.ties(users)
    let byTraffic = try traffic.ties(users)
    dropped[DropReason.remote.place] += byDirection.remote + byTraffic.remote
    var counts: [Contacts.Dropped] = []
    for reason in DropReason.allCases where dropped[reason.place] > 0 {
      counts.append(Contacts.Dropped(reason: reason, count: dropped[reason.place]))
    }
    return Contacts(
      users: users.names, ties: Tie.merged(byDirection.ties, replacedBy: byTraffic.ties),
      dropped: counts, firstMalformed: firstMalformed)
  }
}

import Shared

/// Turns what readers find into `Contacts`.
///
/// A reader names the owner of a roster, then each of its entries. Names come in raw and are made canonical here, once. What is
/// dropped leaves no trace but its count, so a name that occurs only in dropped entries is not a user; the owner of a roster always
/// is one, if he is local.
///
/// Memory: names once (and some 40 bytes each) and 8 bytes an entry, 16 where it has a weight; of the entries as much as `memory`
/// permits, the others go to a spill.
public struct ContactCollector: ~Copyable {
  /// The canonical domain of names that are written without one; empty if there is none.
  let defaultDomain: [UInt8]
  var domains: RosterDomains
  var names: NameTable
  var owner = Party.none
  /// Whether an entry of the owner's roster was kept: if none was, the owner is filed alone.
  var ownerHasEntries = true
  /// The raw name of `owner`: rosters come owner by owner, so most names need no work at all.
  private(set) var rawOwner: [UInt8] = []
  var directed: EntryTape
  var traffic: EntryTape
  var dropped = [Int](repeating: 0, count: DropReason.allCases.count)
  /// The first of the unit.
  private(set) var firstMalformed: String?
  /// That of the first unit that had one.
  private(set) var veryFirstMalformed: String?
  var file = ""
  /// Entries with traffic from the word `first` on come from `file`.
  var trafficFiles: [(first: Int, file: String)] = []
  private var canonical: [UInt8] = []

  var batch = NameBatch()
  var waiting: [Waiting] = []

  /// Whether names were taken over that perhaps no entry holds.
  var hasForeignNames = false

  let memory: Int
  private let makeSpill: (() throws(Complaint) -> any Spill)?

  /// - Parameters:
  ///   - domains: The local domains; empty: the domains of those who own a roster.
  ///   - profile: How names are made canonical.
  ///   - memory: Bytes that entries may take.
  ///   - advice: What the system is told of large tables.
  ///   - makeSpill: Opens a place for the entries beyond that; called at most twice. Without one they stay in memory.
  public init(
    domains: [Domain], profile: JIDProfile, memory: Int = .max, advice: MemoryAdvice = .none,
    makeSpill: (() throws(Complaint) -> any Spill)? = nil
  ) {
    self.init(
      domains: domains, profile: profile, memory: memory,
      pieceSize: memory < Self.littleMemory ? EntryTape.smallPiece : EntryTape.largePiece,
      advice: advice, makeSpill: makeSpill)
  }

  /// Below that, large pieces would be too few: half of the memory is for entries.
  private static var littleMemory: Int { 1 << 30 }

  /// - Parameter pieceSize: Words that come and go together.
  init(
    domains: [Domain], profile: JIDProfile, memory: Int, pieceSize: Int,
    advice: MemoryAdvice = .none, makeSpill: (() throws(Complaint) -> any Spill)?
  ) {
    names = NameTable(advice)
    directed = EntryTape(pieceSize: pieceSize)
    traffic = EntryTape(pieceSize: pieceSize)
    self.domains = RosterDomains(local: domains, profile: profile)
    self.memory = memory
    self.makeSpill = makeSpill
    defaultDomain = domains.count == 1 ? domains[0].bytes : []
    waiting.reserveCapacity(2 * NameBatch.size)
  }

  /// Entries that follow come from `name`, which complaints about them will tell.
  mutating func goOn(file name: String) {
    if file == name { return }
    rest()
    file = name
  }

  /// Files all that waits; there is no owner any more, and no file.
  mutating func rest() {
    closeOwner()
    lookUp()
    file = ""
    owner = .none
    rawOwner.removeAll(keepingCapacity: true)
  }

  /// Brings entries to the spill if they take too much memory. To be called now and then, at most some MiB of input apart.
  public mutating func relieve() throws(Complaint) {
    guard names.count < NameTable.mostNames - (64 << 20) else {
      throw Complaint(
        place: file, message: "more than \(names.count) different names in all rosters")
    }
    // The other half is for the rows that are made of them.
    guard let makeSpill, directed.memory + traffic.memory > memory / 2 else { return }
    try directed.relieve(makeSpill)
    try traffic.relieve(makeSpill)
  }

  /// Entries that follow belong to the roster of `local@domain`, who is a user even without any.
  @inline(__always)
  mutating func setOwner(
    local name: Span<UInt8>, domain: Span<UInt8>, isPlain: Bool = false, line: Int
  ) {
    if isOwner(name, domain) { return }
    closeOwner()
    rawOwner.removeAll(keepingCapacity: true)
    rawOwner.append(copying: name)
    rawOwner.append(0x40)
    rawOwner.append(copying: domain)
    if batch.isFull { lookUp() }
    owner = party(local: name, domain: domain, isPlain: isPlain, isOwner: true, line: line)
    ownerHasEntries = false
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
    add(
      local: bare.extracting(0..<at), domain: bare.extracting((at + 1)..<bare.count),
      isPlain: false, statement, line)
  }

  /// An entry without subscription, whose contact has a domain and no resource.
  @inline(__always)
  mutating func add(local: Span<UInt8>, domain: Span<UInt8>, isPlain: Bool, line: Int) {
    if case .dropped(let reason) = owner { return drop(reason) }
    add(local: local, domain: domain, isPlain: isPlain, .directions(.outward), line)
  }

  @inline(__always)
  private mutating func add(
    local: Span<UInt8>, domain: Span<UInt8>, isPlain: Bool, _ statement: Statement, _ line: Int
  ) {
    // Before the contact is in the batch: the owner's place in it is good only as long as it is not emptied.
    if batch.isFull { lookUp() }
    let party = party(local: local, domain: domain, isPlain: isPlain, isOwner: false, line: line)
    switch party {
    case .dropped(let reason): drop(reason)
    case .waiting(let place):
      waiting.append(Waiting(owner: owner, contact: place, statement: statement, line: line))
      ownerHasEntries = true
    case .none, .user: break
    }
  }

  /// Counts what was dropped before, when a unit was read.
  mutating func add(dropped counts: [Int], _ malformed: String?) {
    for (place, count) in counts.enumerated() { dropped[place] += count }
    veryFirstMalformed = veryFirstMalformed ?? malformed
  }

  /// A unit begins: nothing malformed was found in it yet.
  mutating func forgetMalformed() {
    veryFirstMalformed = veryFirstMalformed ?? firstMalformed
    firstMalformed = nil
  }

  @inline(__always)
  private func isOwner(_ name: Span<UInt8>, _ domain: Span<UInt8>) -> Bool {
    guard rawOwner.count == name.count + 1 + domain.count else { return false }
    let raw = rawOwner.span
    return raw[name.count] == 0x40
      && raw.extracting(0..<name.count).hasSameBytes(as: name)
      && raw.extracting((name.count + 1)..<raw.count).hasSameBytes(as: domain)
  }

  /// Puts `local@domain` in canonical form into the batch, or tells why it is dropped.
  ///
  /// - Parameter isPlain: That the localpart is its own canonical form is known already.
  @inline(__always)
  private mutating func party(
    local name: Span<UInt8>, domain: Span<UInt8>, isPlain: Bool, isOwner: Bool, line: Int
  ) -> Party {
    if isPlain, let known = domains.find(raw: domain, isOwner: isOwner) {
      return known.isDropped
        ? .dropped(.remote)
        : .waiting(batch.append(local: name, domain: domain, number: known.number, names.hash))
    }
    return preparedParty(local: name, domain: domain, isOwner: isOwner, line: line)
  }

  private mutating func preparedParty(
    local name: Span<UInt8>, domain: Span<UInt8>, isOwner: Bool, line: Int
  ) -> Party {
    // Out of `self` while `self` changes, and back: the buffer is reused.
    var canonical: [UInt8] = []
    swap(&canonical, &self.canonical)
    defer { swap(&canonical, &self.canonical) }
    canonical.removeAll(keepingCapacity: true)
    do throws(JIDError) {
      try CanonicalJID.append(
        local: name, domain: domain, profile: domains.profile, to: &canonical)
    } catch {
      complain(local: name, domain: domain, error: error, line: line)
      return .dropped(.malformed)
    }
    let at = canonical.span.firstIndex(of: 0x40) ?? 0
    let host = canonical.span.extracting((at + 1)..<canonical.count)
    let known = domains.find(host, raw: domain, isOwner: isOwner)
    if known.isDropped { return .dropped(.remote) }
    return .waiting(
      batch.append(
        local: canonical.span.extracting(0..<at), domain: host, number: known.number, names.hash))
  }

  private mutating func complain(
    local name: Span<UInt8>, domain: Span<UInt8>, error: JIDError, line: Int
  ) {
    guard firstMalformed == nil else { return }
    var raw = [UInt8](copying: name)
    raw.append(0x40)
    raw.append(copying: domain)
    firstMalformed = "\(Excerpt.printable(file)):\(line): \(quoted(raw.span)): \(error)"
  }

  mutating func drop(_ reason: DropReason) {
    dropped[reason.place] += 1
  }
}

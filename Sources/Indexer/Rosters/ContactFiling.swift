/// Entries that wait until their names are looked up, many at once, and where they go then.
extension ContactCollector {
  enum Party {
    case none
    case user(UInt32)
    /// Not looked up yet: a place in `batch`.
    case waiting(UInt32)
    case dropped(DropReason)
  }

  /// An entry whose names have not been looked up yet.
  struct Waiting {
    let owner: Party
    /// A place in `batch`; nil: the owner alone.
    let contact: UInt32?
    let statement: Statement
    let line: Int
  }

  enum Statement {
    case directions(Directions)
    case weight(UInt32)
  }

  /// Files the owner alone if nothing of his roster was kept.
  @inline(__always)
  mutating func closeOwner() {
    if ownerHasEntries { return }
    ownerHasEntries = true
    switch owner {
    case .none, .dropped: return
    case .user, .waiting:
      waiting.append(Waiting(owner: owner, contact: nil, statement: .directions([]), line: 0))
    }
  }

  /// Looks up all names that wait, and files the entries that they belong to.
  mutating func lookUp() {
    names.intern(batch)
    for entry in waiting {
      let from: UInt32
      switch entry.owner {
      case .user(let id): from = id
      case .waiting(let place): from = batch.ids[Int(place)]
      case .none, .dropped: continue
      }
      var contact = from
      if let place = entry.contact {
        contact = batch.ids[Int(place)]
        if contact == from {
          drop(.ownself)
          // He is a user all the same.
          appendDirected(Entry(owner: from, contact: from, ways: []))
          continue
        }
      }
      switch entry.statement {
      case .directions(let ways):
        appendDirected(Entry(owner: from, contact: contact, ways: ways))
      case .weight(let weight):
        // Lines beyond 32 bits are shown as the last that fits; no such file has been seen.
        appendTraffic(
          Entry(owner: from, contact: contact, ways: []),
          UInt64(weight) << 32 | UInt64(UInt32(clamping: entry.line)), file: file)
      }
    }
    if case .waiting(let place) = owner { owner = .user(batch.ids[Int(place)]) }
    waiting.removeAll(keepingCapacity: true)
    batch.removeAll()
  }

  @inline(__always)
  mutating func appendDirected(_ entry: Entry) { directed.append(entry.word) }

  /// An entry with traffic: its second word is the weight and the line.
  mutating func appendTraffic(_ entry: Entry, _ weight: UInt64, file: String) {
    if trafficFiles.last?.file != file { trafficFiles.append((traffic.count, file)) }
    traffic.append(entry.word)
    traffic.append(weight)
  }
}

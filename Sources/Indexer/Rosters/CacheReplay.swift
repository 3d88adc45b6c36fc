import Shared

/// The names of a volume, by their place there, as the collector knows them.
public struct AdoptedNames: ~Copyable {
  let ids: Cells<UInt32>
  let domains: Cells<UInt32>
}

extension ContactCollector {
  /// Takes over all names of a volume; nil if they are damaged.
  public mutating func adopt(_ volume: CacheVolume) throws(Complaint) -> AdoptedNames? {
    rest()
    let ids = Cells<UInt32>(count: volume.nameCount, repeating: 0)
    let numbers = Cells<UInt32>(count: volume.nameCount, repeating: 0)
    var words = WordCursor(
      volume.source, from: volume.names.lowerBound, to: volume.names.upperBound)
    // Names do not end with words: what is left of one begins the next.
    var bytes: [UInt8] = []
    var at = 0
    do throws(WordCursor.Trouble) {
      for place in 0..<volume.nameCount {
        if bytes.count - at < NameBatch.longestName + 2, !words.isAtEnd {
          bytes.removeSubrange(0..<at)
          at = 0
          bytes += try words.bytes(8 * min(Self.wordsAtOnce, words.left))
        }
        guard bytes.count - at >= 2 else { return nil }
        let (start, length) = (at + 2, Int(bytes[at]) | Int(bytes[at + 1]) << 8)
        guard length <= min(bytes.count - start, NameBatch.longestName) else { return nil }
        let name = bytes.span.extracting(start..<(start + length))
        guard let split = name.firstIndex(of: 0x40), split > 0, split + 1 < length else {
          return nil
        }
        let host = name.extracting((split + 1)..<length)
        let known =
          domains.find(raw: host, isOwner: false)
          ?? domains.find(host, raw: host, isOwner: false)
        numbers[place] = known.number
        // Until the batch is looked up: the place in it.
        ids[place] = batch.append(
          local: name.extracting(0..<split), domain: host, number: known.number, names.hash)
        if batch.isFull || place + 1 == volume.nameCount {
          names.intern(batch)
          for back in 0..<batch.count { ids[place - back] = batch.ids[Int(ids[place - back])] }
          batch.removeAll()
        }
        at = start + length
      }
    } catch {
      switch error {
      case .damaged: return nil
      case .unreadable(let complaint): throw complaint
      }
    }
    return AdoptedNames(ids: ids, domains: numbers)
  }

  /// Words of names that are looked at together.
  private static var wordsAtOnce: Int { 8 << 10 }

  /// Says again what a unit of a volume said.
  public mutating func replay(
    _ unit: CacheVolume.Unit, of volume: CacheVolume, _ names: borrowing AdoptedNames
  ) throws(Complaint) {
    rest()
    let path = unit.files[0].path
    do throws(WordCursor.Trouble) {
      var words = WordCursor(
        volume.source, from: unit.directed.lowerBound, to: unit.directed.upperBound)
      while !words.isAtEnd { appendDirected(try names.entry(try words.next(), &domains)) }
      words = WordCursor(
        volume.source, from: unit.traffic.lowerBound, to: unit.traffic.upperBound)
      while !words.isAtEnd {
        let entry = try names.entry(try words.next(), &domains)
        appendTraffic(entry, try words.next(), file: path)
      }
    } catch {
      switch error {
      // All words were checked when the volume was opened.
      case .damaged:
        throw Complaint(place: path, message: "its input cache was changed while it was read")
      case .unreadable(let complaint): throw complaint
      }
    }
    add(dropped: unit.dropped, unit.malformed)
  }
}

extension AdoptedNames {
  /// The entry that `word` stands for, whose owner's domain is local from now on.
  @inline(__always)
  fileprivate func entry(_ word: UInt64, _ domains: inout RosterDomains)
    throws(WordCursor.Trouble) -> Entry
  {
    let entry = Entry(word: word)
    let (owner, contact) = (Int(entry.owner), Int(entry.contact))
    guard owner < ids.count, contact < ids.count else { throw .damaged }
    domains.markLocal(self.domains[owner])
    return Entry(owner: ids[owner], contact: ids[contact], ways: entry.ways)
  }
}

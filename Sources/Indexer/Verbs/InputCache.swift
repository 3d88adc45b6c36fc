import Glibc
import MapFile
import Rosters
import Shared

/// A directory that keeps what inputs said, so that only those which changed are read again.
///
/// 1. A job is a list of inputs, and has files of its own: `rosters-JOB-NUMBER.cache`. Those of other jobs are left alone.
/// 2. A file holds what many inputs said. It is written once, whole or not at all, and never again.
/// 3. An input counts as unchanged if path, device, inode, size and both times of it and of all that it includes are the same.
/// 4. What is damaged, or was written with other options or by another version, is as if it was not there, with a note, and
///    replaced.
/// 5. New files take over what is still good in those that are smaller or mostly out of date, so that there are never many.
/// 6. Runs at the same time cannot harm each other: at worst they find less.
struct InputCache {
  /// How many of them were taken from the cache.
  private(set) var hits = 0
  private let directory: String
  private let prefix: String
  private let key: String
  private var volumes: [Volume] = []
  private var adopted: [AdoptedVolume] = []
  private var places: [String: (volume: Int, unit: Int)] = [:]
  /// Files of this job that nothing can be taken from.
  private var useless: [String] = []
  private var records: [Record] = []

  private struct Volume {
    let path: String
    let contents: CacheVolume
    /// Words of units that were found to be good.
    var good = 0
    var goodUnits = 0
  }

  /// A class, because arrays cannot hold what is not copyable.
  private final class AdoptedVolume {
    var names: AdoptedNames?
    var isTried = false

    func replay(
      _ unit: CacheVolume.Unit, of volume: CacheVolume, into collector: inout ContactCollector
    ) throws(Complaint) {
      guard names != nil else { return }
      try collector.replay(unit, of: volume, names!)
    }
  }

  /// What this run found, in its order.
  private struct Record {
    let saved: SavedUnit
    /// Where it came from; nil: read anew.
    let volume: Int?
    let isSettled: Bool
  }

  /// What is known of an input.
  struct Hit {
    fileprivate let volume: Int
    let unit: CacheVolume.Unit
  }

  /// Opens the cache of the job `inputs` in `directory`, which is made if it is not there.
  ///
  /// - Parameter options: All that changes what inputs say.
  init(_ directory: String, inputs: [String], options: String) throws(FileError) {
    self.directory = directory
    if unsafe mkdir(directory, 0o700) != 0, errno != EEXIST {
      throw FileError(path: directory, attempt: "make it", number: errno)
    }
    let place = unsafe getcwd(nil, 0)
    defer { unsafe free(place) }
    let job = ([unsafe place.map { unsafe String(cString: $0) } ?? ""] + inputs).joined(
      separator: "\n")
    key = "\(Version.text)\n\(options)\n\(job)"
    prefix = "rosters-\(Self.name(of: job))-"
    try openVolumes()
  }

  private mutating func openVolumes() throws(FileError) {
    let names: [String]
    do throws(ByteSource.Failure) {
      names = try ByteSource.names(inDirectory: directory)
    } catch {
      throw FileError(path: directory, attempt: "list it", number: error.code)
    }
    for name in names where name.hasPrefix(prefix) && name.hasSuffix(Self.suffix) {
      let path = "\(directory)/\(name)"
      guard let file = WordFile(path) else {
        // Another run may have removed it.
        if errno != ENOENT { note(path, "cannot be opened") }
        continue
      }
      do throws(CacheVolume.Fault) {
        let contents = try CacheVolume(file, key: key)
        if contents.units.isEmpty { throw .damaged }
        for (unit, found) in contents.units.enumerated() {
          places[found.files[0].path] = (volumes.count, unit)
        }
        volumes.append(Volume(path: path, contents: contents))
        adopted.append(AdoptedVolume())
      } catch {
        useless.append(path)
        note(path, "is damaged, or was made with other options or by another version")
      }
    }
  }

  private func note(_ path: String, _ words: String) {
    Output.note("\(path): \(words); the rosters are read instead")
  }

  private static let suffix = ".cache"

  /// 16 digits that tell jobs apart: FNV-1a.
  private static func name(of job: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in job.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

extension InputCache {
  /// What is known of the file at `path`, if neither it nor what it includes has changed.
  func find(_ path: String) -> Hit? {
    guard let place = places[path] else { return nil }
    let unit = volumes[place.volume].contents.units[place.unit]
    for file in unit.files {
      guard let state = FileState(path: file.path), state.isSame(as: file) else { return nil }
    }
    return Hit(volume: place.volume, unit: unit)
  }

  /// Says to `collector` what the input said when it was read; false if that cannot be done.
  mutating func replay(_ hit: Hit, into collector: inout ContactCollector) throws(Complaint) -> Bool
  {
    let volume = volumes[hit.volume].contents
    let place = adopted[hit.volume]
    if !place.isTried {
      place.isTried = true
      place.names = try collector.adopt(volume)
    }
    if place.names == nil { return false }
    let position = collector.beginUnit()
    try place.replay(hit.unit, of: volume, into: &collector)
    keep(collector.endUnit(position, replayed: hit.unit), hit)
    return true
  }

  /// Keeps the knowledge that a part of a document is one, which was read through another file.
  mutating func keep(part hit: Hit, at collector: inout ContactCollector) {
    let position = collector.beginUnit()
    keep(collector.endUnit(position), hit, isRead: false)
  }

  private mutating func keep(_ unit: RosterUnit, _ hit: Hit, isRead: Bool = true) {
    volumes[hit.volume].good += hit.unit.size
    volumes[hit.volume].goodUnits += 1
    hits += 1
    let saved = SavedUnit(
      unit, files: hit.unit.files, isPart: hit.unit.isPart, isRead: isRead)
    records.append(Record(saved: saved, volume: hit.volume, isSettled: true))
  }

  /// Keeps what was read just now. `isSettled`: a change of the files from now on would be seen.
  mutating func keep(new saved: SavedUnit, isSettled: Bool) {
    records.append(Record(saved: saved, volume: nil, isSettled: isSettled))
  }

  /// How many files were given, each with those that it includes.
  var inputs: Int { records.count }

  /// Whether names were taken over with units that are not good any more.
  var hasForeignNames: Bool {
    zip(volumes, adopted).contains { volume, place in
      place.isTried && volume.goodUnits < volume.contents.units.count
    }
  }

  /// Writes what is new, and removes what it replaces; a signal stops that before anything has changed.
  func save(_ collector: borrowing ContactCollector) throws(FileError) {
    var size = 0
    for record in records where record.volume == nil && record.isSettled {
      size += record.saved.unit.size + 1
    }
    let isNew = size > 0
    var replaced: Set<Int> = []
    for (index, volume) in volumes.enumerated().sorted(by: { $0.element.good < $1.element.good }) {
      let all = volume.contents.units.reduce(0) { $0 + $1.size + 1 }
      let good = volume.good + volume.goodUnits
      if 2 * good <= all || isNew && good <= 2 * size {
        replaced.insert(index)
        size += good
      }
    }
    let units = records.filter { record in
      record.isSettled && (record.volume.map { replaced.contains($0) } ?? true)
    }.map(\.saved)
    if !units.isEmpty, try !write(units, collector) { Interruption.end() }
    for index in replaced { unsafe unlink(volumes[index].path) }
    for path in useless { unsafe unlink(path) }
  }

  /// False if a signal came before it was done: then there is no new file.
  private func write(_ units: [SavedUnit], _ collector: borrowing ContactCollector)
    throws(FileError) -> Bool
  {
    Interruption.watch()
    defer { Interruption.unwatch() }
    let taken = Set((volumes.map(\.path) + useless))
    var number = 1
    while taken.contains("\(directory)/\(prefix)\(number)\(Self.suffix)") { number += 1 }
    var file = try AtomicFile(
      replacing: "\(directory)/\(prefix)\(number)\(Self.suffix)", mode: 0o600)
    let descriptor = file.descriptor
    var trouble: Int32 = 0
    do throws(Complaint) {
      try collector.save(units, key: key) { words throws(Complaint) in
        if Interruption.isRequested { throw Complaint(place: "", message: "interrupted") }
        trouble = unsafe words.withUnsafeBytes { bytes in
          unsafe Descriptor.writeAll(
            bytes.assumingMemoryBound(to: UInt8.self).span, to: descriptor)
        }
        if trouble != 0 { throw Complaint(place: "", message: "not written") }
      }
    } catch {
      if Interruption.isRequested { return false }
      throw FileError(path: file.path, attempt: "write it", number: trouble == 0 ? EIO : trouble)
    }
    try file.publish()
    return true
  }
}

import Glibc
import MapFile
import Rosters
import Shared

/// Reads rosters from files, directories and standard input, and follows XInclude from file to file.
struct RosterFiles: ~Copyable {
  private var collector: ContactCollector
  private let format: RosterFormat?
  private var cache: InputCache?
  /// The input that is being read and what it has included so far.
  private var unitFiles: [CachedFile] = []
  private var unitIsSettled = true
  private let trouble: SpillFile.Trouble
  private let progress: (UInt64) -> Void
  private var done: UInt64 = 0
  /// Files that were included. None may be twice, so that a few files which include each other many
  /// times are not read for years. (Each include goes one level of XEP-0227 down, so depth needs no
  /// limit of its own.)
  private var included: Set<ByteSource.Identity> = []
  /// What a directory's files are called when they are rosters.
  static let suffixes = [".xml", ".tsv", ".csv", ".txt"]

  /// Whether a file of this name in a directory is a roster.
  static func isRoster(_ name: String) -> Bool {
    !name.hasPrefix(".") && suffixes.contains(where: name.hasSuffix)
  }

  /// All contacts in `paths`: files, directories (the `.xml`, `.tsv`, `.csv` and `.txt` files in them), or `-`.
  ///
  /// `progress` is called after each block with the number of bytes read so far.
  static func read(
    paths: [String], _ manner: Manner, progress: @escaping (UInt64) -> Void = { _ in }
  ) throws(RosterFailure) -> Contacts {
    let trouble = SpillFile.Trouble()
    let collector = ContactCollector(
      domains: manner.domains, profile: manner.profile, memory: manner.memory, advice: .largePages
    ) { () throws(Complaint) in
      try SpillFile(in: manner.spillDirectory, trouble)
    }
    let cache: InputCache?
    do throws(FileError) {
      cache = try manner.cacheDirectory.map { directory throws(FileError) in
        try InputCache(directory, inputs: paths, options: manner.words)
      }
    } catch {
      throw .system(Complaint(place: "--input-cache", message: error.description))
    }
    var files = RosterFiles(
      collector: collector, format: manner.format, cache: cache, trouble: trouble,
      progress: progress)
    for path in paths { try files.readArgument(path) }
    try files.saveCache()
    return try files.finish()
  }

  private init(
    collector: consuming ContactCollector, format: RosterFormat?, cache: InputCache?,
    trouble: SpillFile.Trouble, progress: @escaping (UInt64) -> Void
  ) {
    self.collector = collector
    self.cache = cache
    self.format = format
    self.trouble = trouble
    self.progress = progress
  }

  private consuming func finish() throws(RosterFailure) -> Contacts {
    let trouble = trouble
    do throws(Complaint) {
      return try collector.finish()
    } catch {
      throw RosterFailure(error, trouble)
    }
  }

  private mutating func readArgument(_ path: String) throws(RosterFailure) {
    if try replay(path) { return }
    let source = try Self.open(path)
    if source.kind == .directory {
      try readDirectory(path)
    } else {
      try readUnit(source)
    }
  }

  /// Whole documents first; then parts of documents, if none of the others included them.
  private mutating func readDirectory(_ path: String) throws(RosterFailure) {
    let names: [String]
    do throws(ByteSource.Failure) {
      names = try ByteSource.names(inDirectory: path)
    } catch {
      throw .input(Complaint(place: path, message: error.text))
    }
    var parts: [String] = []
    var isEmpty = true
    for name in names where Self.isRoster(name) {
      let path = "\(path)/\(name)"
      if let hit = cache?.find(path) {
        isEmpty = false
        if hit.unit.isPart {
          parts.append(path)
          continue
        }
        if try replay(path) { continue }
      }
      let source = try Self.open(path, waits: false)
      guard source.kind == .file else { continue }
      isEmpty = false
      if try isPart(path) {
        parts.append(path)
      } else {
        try readUnit(source)
      }
    }
    for part in parts { try readPart(part) }
    if isEmpty {
      throw .content(
        Complaint(
          place: path,
          message: "no rosters in this directory; expected files named "
            + Self.suffixes.map { "*\($0)" }.joined(separator: ", ")))
    }
  }

  /// A part is read by itself if no document included it.
  private mutating func readPart(_ path: String) throws(RosterFailure) {
    if let hit = cache?.find(path) {
      if included.contains(hit.unit.files[0].identity) {
        cache?.keep(part: hit, at: &collector)
        return
      }
      if hit.unit.isRead, try replay(path) { return }
    }
    let source = try Self.open(path)
    guard included.contains(source.identity) else { return try readUnit(source, isPart: true) }
    guard cache != nil else { return }
    let unit = SavedUnit(
      collector.endUnit(collector.beginUnit()), files: [source.state.cached(path: path)],
      isPart: true, isRead: false)
    cache?.keep(new: unit, isSettled: source.isSettled)
  }

  /// Says again what the cache knows of the input; false if it has to be read.
  private mutating func replay(_ path: String) throws(RosterFailure) -> Bool {
    guard let hit = cache?.find(path) else { return false }
    let identities = hit.unit.files.map(\.identity)
    // It was included meanwhile, or includes what another one did: reading it finds the words for that.
    guard included.isDisjoint(with: identities) else { return false }
    let isDone = try aboutContent { () throws(Complaint) in
      try cache?.replay(hit, into: &collector) ?? false
    }
    guard isDone else { return false }
    included.formUnion(identities.dropFirst())
    done += hit.unit.files.reduce(0) { $0 + $1.size }
    try relieve()
    progress(done)
    return true
  }

  /// Reads one input to its end, and keeps what it said.
  private mutating func readUnit(_ source: borrowing ByteSource, isPart: Bool = false)
    throws(RosterFailure)
  {
    unitFiles = []
    unitIsSettled = true
    let position = collector.beginUnit()
    try readWhole(source, context: .document, ancestors: [source.identity])
    guard cache != nil, source.kind == .file else { return }
    let unit = SavedUnit(
      collector.endUnit(position), files: unitFiles, isPart: isPart, isRead: true)
    cache?.keep(new: unit, isSettled: unitIsSettled)
  }

  private mutating func saveCache() throws(RosterFailure) {
    do throws(FileError) {
      try cache?.save(collector)
    } catch {
      throw .system(Complaint(place: "--input-cache", message: error.description))
    }
    guard let cache else { return }
    if cache.hasForeignNames { collector.noteForeignNames() }
    Output.note("input cache: \(cache.hits) of \(cache.inputs) files have not changed")
  }

  private func isPart(_ path: String) throws(RosterFailure) -> Bool {
    let source = try Self.open(path)
    var head = [UInt8](repeating: 0, count: RosterInput.headSize)
    let count = try Self.fill(&head, from: source)
    return RosterInput.isPart(head: head.span.extracting(0..<count))
  }

  /// Reads one input to its end, and at each include the file that is included.
  private mutating func readWhole(
    _ source: borrowing ByteSource, context: XEP0227Context, ancestors: [ByteSource.Identity]
  ) throws(RosterFailure) {
    // In the order in which the files are opened: the first is the input itself.
    unitFiles.append(source.state.cached(path: source.path))
    var block = [UInt8](repeating: 0, count: ByteSource.blockSize)
    var count = try Self.fill(&block, from: source)
    let (name, format, head) = (source.name, format, min(count, RosterInput.headSize))
    var input = try aboutContent { () throws(Complaint) in
      try RosterInput(
        file: name, head: block.span.extracting(0..<head), format: format, context: context)
    }
    while count > 0 {
      done += UInt64(count)
      try take(block.span.extracting(0..<count), &input)
      progress(done)
      for include in input.takeIncludes() { try follow(include, from: source, ancestors) }
      do throws(ByteSource.Failure) {
        count = try source.read(into: &block)
      } catch {
        throw .system(Complaint(place: source.name, message: error.text))
      }
    }
    try aboutContent { () throws(Complaint) in try input.finish(into: &collector) }
    for include in input.takeIncludes() { try follow(include, from: source, ancestors) }
    if cache != nil, !source.isSettled { unitIsSettled = false }
  }

  private mutating func take(_ bytes: Span<UInt8>, _ input: inout RosterInput)
    throws(RosterFailure)
  {
    try aboutContent { () throws(Complaint) in try input.read(bytes, into: &collector) }
    try relieve()
  }

  private mutating func relieve() throws(RosterFailure) {
    do throws(Complaint) {
      try collector.relieve()
    } catch {
      throw RosterFailure(error, trouble)
    }
  }

  private mutating func follow(
    _ include: RosterInclude, from source: borrowing ByteSource, _ ancestors: [ByteSource.Identity]
  ) throws(RosterFailure) {
    let place = SourcePlace(file: source.name, line: include.line)
    let href = Excerpt.printable(include.href)
    guard source.kind == .file else {
      throw .content(
        Complaint(
          at: place, "includes \(href); expected the path of the file, not a stream of it"))
    }
    guard !include.href.contains("://"), !include.href.isEmpty else {
      throw .content(
        Complaint(at: place, "includes \"\(href)\"; expected the path of a file"))
    }
    let target: ByteSource
    do throws(ByteSource.Failure) {
      target = try ByteSource.open(included: include.href, beside: source.path)
    } catch {
      let complaint = Complaint(at: place, "includes \(href): \(error.text)")
      // That a file names one that is not there is the fault of the file.
      throw error.code == ENOENT ? .content(complaint) : .input(complaint)
    }
    guard target.kind == .file else {
      throw .content(Complaint(at: place, "includes \(href), which is no file"))
    }
    guard !ancestors.contains(target.identity) else {
      throw .content(Complaint(at: place, "includes \(href), which leads back to itself"))
    }
    guard included.insert(target.identity).inserted else {
      throw .content(Complaint(at: place, "includes \(href), which was included before"))
    }
    try readWhole(target, context: include.context, ancestors: ancestors + [target.identity])
  }

  private static func open(_ path: String, waits: Bool = true) throws(RosterFailure) -> ByteSource {
    do throws(ByteSource.Failure) {
      return try ByteSource.open(path, waits: waits)
    } catch {
      throw .input(Complaint(place: path, message: "cannot \(FileError.opening): \(error.text)"))
    }
  }

  /// Reads until `buffer` is full or the input ends; the number of bytes.
  private static func fill(_ buffer: inout [UInt8], from source: borrowing ByteSource)
    throws(RosterFailure) -> Int
  {
    var count = 0
    while count < buffer.count {
      let more: Int
      do throws(ByteSource.Failure) {
        more = try source.read(into: &buffer, from: count)
      } catch {
        throw .system(Complaint(place: source.name, message: error.text))
      }
      if more == 0 { break }
      count += more
    }
    return count
  }
}

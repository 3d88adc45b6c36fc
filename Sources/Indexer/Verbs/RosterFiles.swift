import Glibc
import MapFile
import Rosters
import Shared

/// Reads rosters from files, directories and standard input, and follows XInclude from file to file.
struct RosterFiles: ~Copyable {
  private var collector: ContactCollector
  private let format: RosterFormat?
  private let trouble: SpillFile.Trouble
  private let progress: (UInt64) -> Void
  private var done: UInt64 = 0
  /// Files that were included. None may be twice, so that a few files which include each other many
  /// times are not read for years. (Each include goes one level of XEP-0227 down, so depth needs no
  /// limit of its own.)
  private var included: Set<ByteSource.Identity> = []

  /// A block as large as Linux reads ahead for one file; larger ones gain nothing.
  private static let blockSize = 256 << 10
  /// What a directory's files are called when they are rosters.
  static let suffixes = [".xml", ".tsv", ".csv", ".txt"]

  /// How rosters are read.
  struct Manner {
    /// Decides where given; else each file's content does.
    let format: RosterFormat?
    /// The local domains; empty: those of the owners of rosters.
    let domains: [Domain]
    /// How names are made canonical.
    let profile: JIDProfile
    /// Bytes that entries may take.
    let memory: Int
    /// Where the others go.
    let spillDirectory: String
  }

  /// All contacts in `paths`: files, directories (the `.xml`, `.tsv`, `.csv` and `.txt` files in them), or `-`.
  ///
  /// `progress` is called after each block with the number of bytes read so far.
  static func read(
    paths: [String], _ manner: Manner, progress: @escaping (UInt64) -> Void = { _ in }
  ) throws(RosterFailure) -> Contacts {
    let trouble = SpillFile.Trouble()
    let collector = ContactCollector(
      domains: manner.domains, profile: manner.profile, memory: manner.memory
    ) { () throws(Complaint) in
      try SpillFile(in: manner.spillDirectory, trouble)
    }
    var files = RosterFiles(
      collector: collector, format: manner.format, trouble: trouble, progress: progress)
    for path in paths { try files.readArgument(path) }
    return try files.finish()
  }

  private init(
    collector: consuming ContactCollector, format: RosterFormat?, trouble: SpillFile.Trouble,
    progress: @escaping (UInt64) -> Void
  ) {
    self.collector = collector
    self.format = format
    self.trouble = trouble
    self.progress = progress
  }

  private consuming func finish() throws(RosterFailure) -> Contacts {
    let trouble = trouble
    do throws(Complaint) {
      return try collector.finish()
    } catch {
      throw trouble.error == nil ? .content(error) : .system(error)
    }
  }

  private mutating func readArgument(_ path: String) throws(RosterFailure) {
    let source = try Self.open(path)
    if source.kind == .directory {
      try readDirectory(path)
    } else {
      try readWhole(source, context: .document, ancestors: [source.identity])
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
    for name in names where !name.hasPrefix(".") && Self.suffixes.contains(where: name.hasSuffix) {
      let source = try Self.open("\(path)/\(name)", waits: false)
      guard source.kind == .file else { continue }
      isEmpty = false
      if try isPart(source.path) {
        parts.append(source.path)
      } else {
        try readWhole(source, context: .document, ancestors: [source.identity])
      }
    }
    for part in parts {
      let source = try Self.open(part)
      if included.contains(source.identity) { continue }
      try readWhole(source, context: .document, ancestors: [source.identity])
    }
    if isEmpty {
      throw .content(
        Complaint(
          place: path,
          message: "no rosters in this directory; expected files named "
            + Self.suffixes.map { "*\($0)" }.joined(separator: ", ")))
    }
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
    var block = [UInt8](repeating: 0, count: Self.blockSize)
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
  }

  private mutating func take(_ bytes: Span<UInt8>, _ input: inout RosterInput)
    throws(RosterFailure)
  {
    try aboutContent { () throws(Complaint) in try input.read(bytes, into: &collector) }
    do throws(Complaint) {
      try collector.relieve()
    } catch {
      throw trouble.error == nil ? .content(error) : .system(error)
    }
  }

  private mutating func follow(
    _ include: RosterInclude, from source: borrowing ByteSource, _ ancestors: [ByteSource.Identity]
  ) throws(RosterFailure) {
    let place = SourcePlace(file: source.name, line: include.line)
    guard source.kind == .file else {
      throw .content(
        Complaint(
          at: place, "includes \(include.href); expected the path of the file, not a stream of it"))
    }
    guard !include.href.contains("://"), !include.href.isEmpty else {
      throw .content(
        Complaint(at: place, "includes \"\(include.href)\"; expected the path of a file"))
    }
    let target: ByteSource
    do throws(ByteSource.Failure) {
      target = try Self.openIncluded(include.href, beside: source.path)
    } catch {
      let complaint = Complaint(at: place, "includes \(include.href): \(error.text)")
      // That a file names one that is not there is the fault of the file.
      throw error.code == ENOENT ? .content(complaint) : .input(complaint)
    }
    guard target.kind == .file else {
      throw .content(Complaint(at: place, "includes \(include.href), which is no file"))
    }
    guard !ancestors.contains(target.identity) else {
      throw .content(Complaint(at: place, "includes \(include.href), which leads back to itself"))
    }
    guard included.insert(target.identity).inserted else {
      throw .content(Complaint(at: place, "includes \(include.href), which was included before"))
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

  /// An href is a URI reference, but exporters write file names: the name as it stands comes first.
  private static func openIncluded(_ href: String, beside path: String)
    throws(ByteSource.Failure) -> ByteSource
  {
    do throws(ByteSource.Failure) {
      return try ByteSource.open(absolute(href, beside: path), waits: false)
    } catch {
      let decoded = percentDecoded(href)
      guard decoded != href else { throw error }
      return try ByteSource.open(absolute(decoded, beside: path), waits: false)
    }
  }

  private static func absolute(_ name: String, beside path: String) -> String {
    guard !name.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return name }
    return path[...slash] + name
  }

  private static func percentDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == 0x25, rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest.removeFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
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

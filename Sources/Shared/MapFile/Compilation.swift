import Shared

/// From a `redirect.db` to a map: what `rdadmin compile` does.
///
/// A sorted, canonical input streams through: memory does not grow with it. `normalize` takes any
/// order and any spelling, sorts on disk, and drops exact duplicates.
public struct Compilation {
  /// How far it has come.
  public enum Progress: Sendable, Equatable {
    /// Lines read, and bytes of the input with them.
    case read(users: UInt64, bytes: UInt64)
    /// Users written after sorting.
    case written(users: UInt64)
  }

  /// What came of it.
  public struct Outcome: Sendable, Equatable {
    /// The map's.
    public let identity: Map.Identity
    /// Users in the map.
    public let users: UInt64
    /// Lines dropped because an earlier one said the same; only with `normalize`.
    public let duplicates: UInt64
  }

  /// Where the input comes from, for messages.
  public var name: String
  /// The map to be written.
  public var output: String
  /// Whether order, spelling and exact duplicates are put right.
  public var normalize = false
  /// Where sorted runs go; nil: the directory of `output`.
  public var temporaryDirectory: String?
  /// Bytes of memory for sorting.
  public var sortingMemory = ExternalSort.defaultMemory
  /// How the map is published.
  public var files = FileOperations.system
  /// Told every 65536 lines.
  public var progress: (Progress) -> Void = { _ in }
  /// Asked as often, and when a signal interrupts a read: true makes `run` throw `interrupted`.
  public var isInterrupted: () -> Bool = { false }

  /// A compilation of the input called `name` to a map at `output`.
  public init(name: String, output: String) {
    self.name = name
    self.output = output
  }

  /// Reads `descriptor` to its end and publishes the map.
  public func run(descriptor: Int32) throws(CompilationError) -> Outcome {
    var input = LineInput(descriptor: descriptor, name: name, stop: isInterrupted)
    var header = try Self.header(&input, name: name)
    return normalize
      ? try compileSorting(&input, &header) : try compileStreaming(&input, header)
  }

  /// The lines that begin with `# ` at the start. (No user does: a localpart has no space.)
  private static func header(
    _ input: inout LineInput, name: String
  ) throws(CompilationError) -> DatabaseHeader {
    var text: [UInt8] = []
    while let line = try input.next() {
      guard isHeader(input.buffer.span.extracting(line)) else {
        if text.isEmpty, isMarked(input.buffer.span.extracting(line)) {
          throw .input(
            Complaints(
              Complaint(at: input.place, "begins with a byte order mark; expected `# format: 1`")))
        }
        input.unread(line)
        break
      }
      text.append(copying: input.buffer.span.extracting(line))
      text.append(UInt8(ascii: "\n"))
      if text.count > DatabaseHeader.maximumBytes {
        throw .input(
          Complaints(
            Complaint(at: input.place, "a header of more than \(DatabaseHeader.maximumBytes) bytes")
          ))
      }
    }
    guard let text = String(validating: text, as: UTF8.self) else {
      throw .input(Complaints(Complaint(place: name, message: "the header is not UTF-8")))
    }
    do {
      return try DatabaseHeader(parsing: text, file: name)
    } catch {
      throw .input(error)
    }
  }

  private static func isMarked(_ line: Span<UInt8>) -> Bool {
    line.count >= 3 && line[0] == 0xEF && line[1] == 0xBB && line[2] == 0xBF
  }

  private static func isHeader(_ line: Span<UInt8>) -> Bool {
    line.count >= 2 && line[0] == UInt8(ascii: "#") && line[1] == UInt8(ascii: " ")
  }
}

extension Compilation {
  private func compileStreaming(
    _ input: inout LineInput, _ header: DatabaseHeader
  ) throws(CompilationError) -> Outcome {
    var writer = try makeWriter(header, input.place)
    let profile = header.profile
    while let line = try input.next() {
      let bytes = input.buffer.span.extracting(line)
      let fields = try Self.fields(bytes, input.place)
      let user = bytes.extracting(..<fields.userLength)
      guard CanonicalJID.isCanonical(user, profile: profile) else {
        throw Self.notCanonical(user, profile, input.place)
      }
      do {
        try writer.add(user, fields.partition)
      } catch {
        throw CompilationError(error, at: input.place)
      }
      if writer.users & Self.progressMask == 0 {
        try advance(.read(users: writer.users, bytes: input.bytesRead))
      }
    }
    if let told = header.users, told != writer.users {
      throw .input(
        Complaints(
          Complaint(
            place: name,
            message: "\(writer.users) users; expected \(told), as the header says")))
    }
    return try publish(&writer, header, duplicates: 0)
  }

  private func compileSorting(
    _ input: inout LineInput, _ header: inout DatabaseHeader
  ) throws(CompilationError) -> Outcome {
    let sort = ExternalSort(
      directory: temporaryDirectory ?? AtomicFile.split(output).directory, memory: sortingMemory)
    var canonical: [UInt8] = []
    var lines: UInt64 = 0
    while let line = try input.next() {
      let bytes = input.buffer.span.extracting(line)
      let fields = try Self.fields(bytes, input.place)
      try Self.canonicalize(
        bytes.extracting(..<fields.userLength), header.profile, input.place, into: &canonical)
      try sort.add(canonical.span, fields.partition, line: input.number)
      lines += 1
      if lines & Self.progressMask == 0 {
        try advance(.read(users: lines, bytes: input.bytesRead))
      }
    }

    var writer = try makeWriter(header, input.place)
    var previous: (partition: Partition, line: Int) = (0, 0)
    var duplicates: UInt64 = 0
    try sort.forEach { (user, partition, line) throws(CompilationError) in
      do throws(MapWriterError) {
        try writer.add(user, partition)
        previous = (partition, line)
      } catch .duplicate where partition == previous.partition {
        duplicates += 1
        return
      } catch .duplicate {
        throw Self.conflict(user, previous, partition, SourcePlace(file: name, line: line))
      } catch {
        throw CompilationError(error, at: SourcePlace(file: name, line: line))
      }
      if writer.users & Self.progressMask == 0 { try advance(.written(users: writer.users)) }
    }
    if header.users != nil, writer.users > 0 { header.users = writer.users }
    return try publish(&writer, header, duplicates: duplicates)
  }

  /// Lines between two calls of `progress`, less one.
  private static let progressMask: UInt64 = 1 << 16 - 1

  private func advance(_ progress: Progress) throws(CompilationError) {
    if isInterrupted() { throw .interrupted }
    self.progress(progress)
  }

  private func makeWriter(
    _ header: DatabaseHeader, _ place: SourcePlace
  ) throws(CompilationError) -> MapWriter {
    do {
      return try MapWriter(replacing: output, partitions: header.partitions, files: files)
    } catch {
      throw CompilationError(error, at: place)
    }
  }

  private func publish(
    _ writer: inout MapWriter, _ header: DatabaseHeader, duplicates: UInt64
  ) throws(CompilationError) -> Outcome {
    if isInterrupted() { throw .interrupted }
    // More likely a query that failed than a deployment without anybody.
    if writer.users == 0, header.users != 0 {
      throw .input(
        Complaints(
          Complaint(
            place: name,
            message: "no users; expected some, or `# users: 0` in the header if that is meant")))
    }
    do {
      let identity = try writer.publish(header: header)
      return Outcome(identity: identity, users: writer.users, duplicates: duplicates)
    } catch {
      throw CompilationError(error, at: SourcePlace(file: name, line: 0))
    }
  }
}

extension Compilation {
  private static func fields(
    _ line: Span<UInt8>, _ place: @autoclosure () -> SourcePlace
  ) throws(CompilationError) -> DatabaseLine.Fields {
    do {
      return try DatabaseLine.parse(line)
    } catch {
      let words = isHeader(line) ? "a header line behind the first user" : error.description
      throw .input(Complaints(Complaint(at: place(), words)))
    }
  }

  private static func canonicalize(
    _ user: Span<UInt8>, _ profile: JIDProfile, _ place: @autoclosure () -> SourcePlace,
    into canonical: inout [UInt8]
  ) throws(CompilationError) {
    canonical.removeAll(keepingCapacity: true)
    do {
      try CanonicalJID.append(
        jid: user, fallbackDomain: Span(), profile: profile, to: &canonical)
    } catch {
      throw .input(Complaints(Complaint(at: place(), "`\(text(user))`: \(error)")))
    }
  }

  private static func notCanonical(
    _ user: Span<UInt8>, _ profile: JIDProfile, _ place: SourcePlace
  ) -> CompilationError {
    var canonical: [UInt8] = []
    do {
      try canonicalize(user, profile, place, into: &canonical)
    } catch {
      return error
    }
    return .input(
      Complaints(
        Complaint(
          at: place,
          "`\(text(user))` is not canonical (profile \(profile.rawValue)); "
            + "expected `\(text(canonical.span))`")))
  }

  private static func conflict(
    _ user: Span<UInt8>, _ first: (partition: Partition, line: Int), _ partition: Partition,
    _ place: SourcePlace
  ) -> CompilationError {
    .input(
      Complaints(
        Complaint(
          at: place,
          "`\(text(user))` is in partition \(partition); expected \(first.partition), "
            + "as line \(first.line) says, or only one of the lines")))
  }

  private static func text(_ bytes: Span<UInt8>) -> String {
    var copy: [UInt8] = []
    copy.append(copying: bytes)
    return String(decoding: copy, as: UTF8.self)
  }
}

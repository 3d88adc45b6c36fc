import Shared

/// Reads the lines of an old `redirect.db` beside the users of a new generation: both are sorted by bytes, so that nobody is
/// looked up.
public struct PreviousReader {
  /// What an old `redirect.db` says of users.
  public struct Found: Sendable, Equatable {
    /// Its header.
    public let header: DatabaseHeader
    /// The partition of each user as the file numbers it, from 1; 0: the user is not in it.
    public let partitionOf: [Partition]
    /// Users of the file who are no users any more.
    public let departed: Int
  }

  private let users: UserNames
  private var lines: LineReader
  private var header: DatabaseHeader?
  private var headerText: [UInt8] = []
  private var partitionOf: [Partition]
  private var departed = 0
  private var last: [UInt8] = []
  /// The first user who has not been passed yet.
  private var next = 0

  /// Of `users`, which are sorted by bytes; `file` is for complaints.
  public init(file: String, users: UserNames) {
    self.users = users
    lines = LineReader(file: file)
    partitionOf = [Partition](repeating: 0, count: users.count)
  }

  /// The next bytes of the file.
  public mutating func read(_ chunk: Span<UInt8>) throws(Complaints) {
    var lines = lines
    var fault: Complaints?
    do throws(Complaint) {
      try lines.read(chunk) { (line, number) throws(Complaint) in
        do throws(Complaints) {
          try readLine(line, number)
        } catch {
          fault = error
          throw error.all[0]
        }
      }
    } catch {
      throw fault ?? Complaints(error)
    }
    self.lines = lines
  }

  /// The end of the file.
  public mutating func finish() throws(Complaints) -> Found {
    if header == nil { try readHeader() }
    guard let header else { preconditionFailure("a header that was read is there") }
    var isCut = false
    do throws(Complaint) {
      try lines.finish { (_, _) throws(Complaint) in isCut = true }
    } catch {
      throw Complaints(error)
    }
    let seen = UInt64(departed + partitionOf.count { $0 > 0 })
    guard !isCut, header.users ?? seen == seen else {
      throw Complaints(
        Complaint(
          place: lines.file,
          message: "has \(seen) whole lines of users"
            + (header.users.map { "; expected \($0), as its header says" } ?? ", and half a line")
            + " (was it cut short?)"))
    }
    return Found(header: header, partitionOf: partitionOf, departed: departed)
  }

  private mutating func readHeader() throws(Complaints) {
    guard let text = String(validating: headerText, as: UTF8.self) else {
      throw Complaints(Complaint(place: lines.file, message: "the header is not UTF-8"))
    }
    header = try DatabaseHeader(parsing: text, file: lines.file)
    headerText = []
  }

  private mutating func readLine(_ line: Span<UInt8>, _ number: Int) throws(Complaints) {
    if header == nil {
      let isHeader = line.count >= 2 && line[0] == UInt8(ascii: "#") && line[1] == UInt8(ascii: " ")
      if isHeader && headerText.count + line.count < DatabaseHeader.maximumBytes {
        headerText.append(copying: line)
        headerText.append(UInt8(ascii: "\n"))
        return
      }
      try readHeader()
    }
    let place = SourcePlace(file: lines.file, line: number)
    let fields: DatabaseLine.Fields
    do throws(DatabaseLineError) {
      fields = try DatabaseLine.parse(line)
    } catch {
      throw Complaints(Complaint(at: place, "\(error)"))
    }
    guard let partitions = header?.partitions, fields.partition <= partitions else {
      throw Complaints(
        Complaint(
          at: place,
          "partition \(fields.partition); expected 1 to \(header?.partitions ?? 0), as the header says"
        ))
    }
    let user = line.extracting(..<fields.userLength)
    guard last.isEmpty || Self.order(last.span, user) < 0 else {
      throw Complaints(
        Complaint(
          at: place, "the user is not behind the line before; expected lines sorted by bytes")
      )
    }
    last.removeAll(keepingCapacity: true)
    last.append(copying: user)
    take(user, fields.partition)
  }

  private mutating func take(_ user: Span<UInt8>, _ partition: Partition) {
    while next < users.count {
      let order = users.withBytes(of: next) { Self.order($0, user) }
      if order > 0 { break }
      next += 1
      if order == 0 {
        partitionOf[next - 1] = partition
        return
      }
    }
    departed += 1
  }

  /// Below 0 if the first sorts before the second, 0 if they are the same.
  private static func order(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Int {
    for place in 0..<min(one.count, other.count) where one[place] != other[place] {
      return Int(one[place]) - Int(other[place])
    }
    return one.count - other.count
  }
}

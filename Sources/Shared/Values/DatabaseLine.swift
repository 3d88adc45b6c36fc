/// One line of a `redirect.db` after its header: `user<TAB>partition`.
public enum DatabaseLine {
  /// Where the fields of a line stand.
  public struct Fields: Sendable, Equatable {
    /// The user is the first so many bytes of the line.
    public let userLength: Int
    /// At least 1.
    public let partition: Partition
  }

  /// Takes a line apart; `line` has no newline. Says nothing of whether the user is canonical.
  public static func parse(_ line: Span<UInt8>) throws(DatabaseLineError) -> Fields {
    let count = line.count
    var tab = 0
    while tab < count && line[tab] != UInt8(ascii: "\t") { tab += 1 }
    if tab == count { throw .noTab }
    if tab == 0 { throw .noUser }
    if line[count - 1] == UInt8(ascii: "\r") { throw .carriageReturn }
    let digits = count - tab - 1
    // UInt32.max has ten digits; eleven could overflow UInt64 only much later.
    if digits == 0 || digits > 10 || line[tab + 1] == UInt8(ascii: "0") { throw .badPartition }
    var number: UInt64 = 0
    for place in (tab + 1)..<count {
      let digit = line[place] &- UInt8(ascii: "0")
      if digit > 9 { throw .badPartition }
      number = number * 10 + UInt64(digit)
    }
    guard let partition = Partition(exactly: number) else { throw .badPartition }
    return Fields(userLength: tab, partition: partition)
  }

  /// Appends the line with its newline.
  public static func append(user: Span<UInt8>, partition: Partition, to output: inout [UInt8]) {
    for place in user.indices { output.append(user[place]) }
    output.append(UInt8(ascii: "\t"))
    let first = output.count
    var rest = partition
    repeat {
      output.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    output[first...].reverse()
    output.append(UInt8(ascii: "\n"))
  }
}

/// Why a line is not `user<TAB>partition`.
public enum DatabaseLineError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No tab in it.
  case noTab
  /// Nothing before the tab.
  case noUser
  /// What follows the tab is not a partition number.
  case badPartition
  /// The line ends as those of other systems do.
  case carriageReturn

  /// What was wrong and what was expected.
  public var description: String {
    switch self {
    case .noTab: "no tab; expected `user<TAB>partition`"
    case .noUser: "no user before the tab; expected `user<TAB>partition`"
    case .badPartition:
      "what follows the tab is not a partition; expected a number of at least 1 in plain digits "
        + "and nothing behind it"
    case .carriageReturn: "the line ends with CR LF; expected LF alone"
    }
  }
}

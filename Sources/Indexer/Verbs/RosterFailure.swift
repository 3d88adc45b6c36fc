import ArgumentParser
import MapFile
import Shared

/// Why rosters could not be read, by what it means for the exit code.
enum RosterFailure: Error {
  /// What they say is not right.
  case content(Complaint)
  /// One of them cannot be opened.
  case input(Complaint)
  /// There is no place for what does not fit into memory.
  case place(Complaint)
  /// Reading failed on the way, or writing there.
  case system(Complaint)

  /// What the collector complains of: the spill, if that is in trouble, else the rosters.
  init(_ complaint: Complaint, _ spill: SpillFile.Trouble) {
    guard let error = spill.error else {
      self = .content(complaint)
      return
    }
    self = error.isOfPlace ? .place(complaint) : .system(complaint)
  }

  var complaint: Complaint {
    switch self {
    case .content(let complaint), .input(let complaint), .place(let complaint),
      .system(let complaint):
      complaint
    }
  }

  /// For people. A file's name may hold anything.
  var words: String { "\(Excerpt.printable(complaint.place)): \(complaint.message)" }

  var code: ExitCode {
    switch self {
    case .content: ExitStatus.badData
    case .input: ExitStatus.noInput
    case .place: ExitStatus.cannotCreate
    case .system: ExitStatus.ioError
    }
  }
}

/// Calls `body`, whose complaints are about what the rosters say.
func aboutContent<Result>(_ body: () throws(Complaint) -> Result) throws(RosterFailure) -> Result {
  do throws(Complaint) {
    return try body()
  } catch {
    throw .content(error)
  }
}

import ArgumentParser
import Shared

/// Why rosters could not be read, by what it means for the exit code.
enum RosterFailure: Error {
  /// What they say is not right.
  case content(Complaint)
  /// One of them cannot be opened.
  case input(Complaint)
  /// Reading failed on the way, or there was no place for what does not fit into memory.
  case system(Complaint)

  var complaint: Complaint {
    switch self {
    case .content(let complaint), .input(let complaint), .system(let complaint): complaint
    }
  }

  /// For people. A file's name may hold anything.
  var words: String { "\(Excerpt.printable(complaint.place)): \(complaint.message)" }

  var code: ExitCode {
    switch self {
    case .content: ExitStatus.badData
    case .input: ExitStatus.noInput
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

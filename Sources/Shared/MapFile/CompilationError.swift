public import Shared

/// Why no map came of a `redirect.db`.
public enum CompilationError: Error, Sendable, CustomStringConvertible {
  /// What it says is not right; with lines.
  case input(Complaints)
  /// It cannot be read.
  case read(FileError)
  /// The map, or a temporary file, cannot be written.
  case write(FileError)
  /// LMDB cannot write the map, with the path and in its words.
  case database(String)
  /// The caller wanted it to stop.
  case interrupted

  /// What is wrong and what was expected; several lines if several things are.
  public var description: String {
    switch self {
    case .input(let complaints): complaints.description
    case .read(let error), .write(let error): error.description
    case .database(let words): words
    case .interrupted: "interrupted"
    }
  }

  /// `place` is the line that was being added.
  init(_ error: MapWriterError, at place: SourcePlace) {
    switch error {
    case .notAscending, .duplicate, .partition:
      self = .input(Complaints(Complaint(at: place, error.description)))
    case .file(let error): self = .write(error)
    case .database(let words): self = .database(words)
    }
  }
}

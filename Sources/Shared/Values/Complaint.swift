/// One clear complaint about something a person wrote: where, what is wrong, what was expected.
public struct Complaint: Error, Hashable, Sendable, CustomStringConvertible {
  /// `file:line`, or the name of the flag or environment variable.
  public let place: String
  /// What is wrong and what was expected.
  public let message: String

  /// Complains about a named place: a flag, an environment variable, a whole file.
  public init(place: String, message: String) {
    self.place = place
    self.message = message
  }

  /// Complains about a line of a file.
  public init(at place: SourcePlace, _ message: String) {
    self.init(place: place.description, message: message)
  }

  /// `place: message`.
  public var description: String { "\(place): \(message)" }
}

/// Everything that is wrong with one input, in the order found; never empty.
public struct Complaints: Error, Hashable, Sendable, CustomStringConvertible {
  /// The complaints, at least one.
  public let all: [Complaint]

  /// Gathers complaints; there must be one.
  public init(_ all: [Complaint]) {
    precondition(!all.isEmpty, "Complaints without a complaint")
    self.all = all
  }

  /// A single complaint.
  public init(_ only: Complaint) {
    all = [only]
  }

  /// One line a complaint.
  public var description: String {
    all.map(\.description).joined(separator: "\n")
  }
}

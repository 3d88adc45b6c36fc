/// A place in a text file, for error messages: `redirect.conf:12`.
public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
  /// The file as the reader of the message knows it.
  public let file: String
  /// The line, 1-based.
  public let line: Int

  /// Names a line of a file.
  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  /// `file:line`, the form that editors follow.
  public var description: String { "\(file):\(line)" }
}

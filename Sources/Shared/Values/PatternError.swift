/// Why a text is no pattern of ours.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The character where it went wrong, 1-based.
  public let column: Int
  /// What is wrong and what was expected.
  public let message: String

  /// `column N: what is wrong; what was expected`.
  public var description: String { "column \(column): \(message)" }
}

/// What the line-based files have in common: white space, and how complaints quote what was written.
enum ConfigurationText {
  /// Without spaces, tabs and carriage returns at both ends.
  static func trim(_ text: Substring) -> Substring {
    // By bytes: to Swift a space and an accent behind it are one character.
    let bytes = text.utf8
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return Substring(bytes[first...last])
  }

  /// Names of nodes as a complaint tells what was expected.
  static func nodes(_ names: [String]) -> String {
    if names.isEmpty { return "a node of redirect.to, which names none" }
    return "a node of redirect.to: " + Self.list(names)
  }

  /// Names separated by commas, not all of them if there are many.
  static func list(_ names: [String]) -> String {
    let most = 20
    let shown = names.prefix(most).joined(separator: ", ")
    return names.count > most ? "\(shown) and \(names.count - most) more" : shown
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}

/// Foreign text quoted in a complaint: in back-ticks, on one line, not endless.
public struct Excerpt: CustomStringConvertible {
  /// Enough for any name that somebody mistyped; a binary file taken for a text must not fill the log.
  private static let longest = 120

  /// The text between back-ticks.
  public let description: String

  /// The beginning of `text`, what does not print as escapes.
  public init(_ text: some StringProtocol) { description = "`\(Self.shown(text))`" }

  /// The same without back-ticks.
  public static func shown(_ text: some StringProtocol) -> String {
    let scalars = text.unicodeScalars
    guard
      let end = scalars.index(
        scalars.startIndex, offsetBy: longest, limitedBy: scalars.endIndex), end < scalars.endIndex
    else { return printable(text) }
    return printable(text[..<end]) + "..."
  }

  /// All of the text, what does not print as escapes: bytes of a stranger must not command a terminal.
  public static func printable(_ text: some StringProtocol) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
        .unassigned:
        shown += scalar.escaped(asASCII: true)
      default:
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}

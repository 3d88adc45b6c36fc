/// One key of `redirect.conf` with all that is to be said of it: the parser takes its default from
/// here, and `docs/configuration.md` its text, so the two cannot differ.
public struct ConfigurationKey: Sendable, Hashable {
  /// What holds where the key is not set.
  public enum Default: Sendable, Hashable, ExpressibleByStringLiteral {
    /// This value, in the form in which one would write it.
    case value(String)
    /// Nothing.
    case nothing
    /// There is none: the key must be set.
    case required
    /// What another key says.
    case same(as: String)

    /// A default value.
    public init(stringLiteral value: String) { self = .value(value) }
  }

  /// As it is written, without `iim_server.`; may have one free part: `redirect.to.<node>.host`.
  public let name: String
  /// What holds where the key is not set.
  public let fallback: Default
  /// What it means, in one paragraph of Markdown.
  public let meaning: String
  /// One or more lines of `redirect.conf`.
  public let example: String

  init(_ name: String, default fallback: Default, _ meaning: String, example: String) {
    self.name = name
    self.fallback = fallback
    self.meaning = meaning
    self.example = example
  }

  /// True for keys that name a node, a listener, a domain or a plug-in.
  public var hasFreePart: Bool { name.utf8.contains(UInt8(ascii: "<")) }

  /// What stands before and behind the free part.
  var ends: (prefix: Substring, suffix: Substring) {
    guard let open = name.firstIndex(of: "<"), let close = name.firstIndex(of: ">") else {
      return (name[...], "")
    }
    return (name[..<open], name[name.index(after: close)...])
  }

  /// The whole name with `part` for the free part.
  func named(_ part: String) -> String {
    hasFreePart ? "\(ends.prefix)\(part)\(ends.suffix)" : name
  }

  /// The free part if `text` is a name of this key, empty for a key without one; nil if it is not.
  func part(of text: String) -> String? {
    guard hasFreePart else { return text == name ? "" : nil }
    let (prefix, suffix) = ends
    guard text.utf8.count > prefix.utf8.count + suffix.utf8.count, text.hasPrefix(prefix),
      text.hasSuffix(suffix)
    else { return nil }
    return String(text.dropFirst(prefix.count).dropLast(suffix.count))
  }

  /// Keys are told apart by their names.
  public static func == (first: ConfigurationKey, second: ConfigurationKey) -> Bool {
    first.name == second.name
  }

  /// Keys are told apart by their names.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

import Shared

/// The words of one line of a constraints file.
///
/// White space separates them; a word that begins with `/` goes on to the `/` that ends it, so that an expression may have
/// spaces in it.
struct ConstraintWords {
  private var rest: Substring.UTF8View

  init(_ line: Substring) { rest = line.utf8 }

  /// The next word as it stands; nil at the end of the line.
  mutating func next() -> Substring? {
    rest = rest.drop(while: Self.isSpace)
    guard let first = rest.first else { return nil }
    let word = first == UInt8(ascii: "/") ? expression() : rest.prefix { !Self.isSpace($0) }
    rest = rest[word.endIndex...]
    return Substring(word)
  }

  /// All words that are left.
  mutating func all() -> [Substring] {
    var words: [Substring] = []
    while let word = next() { words.append(word) }
    return words
  }

  /// Up to the `/` that stands before white space or the end; all of it if there is none.
  private func expression() -> Substring.UTF8View {
    var place = rest.index(after: rest.startIndex)
    while place < rest.endIndex {
      let after = rest.index(after: place)
      if rest[place] == UInt8(ascii: "/"), after == rest.endIndex || Self.isSpace(rest[after]) {
        return rest[..<after]
      }
      place = after
    }
    return rest
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}

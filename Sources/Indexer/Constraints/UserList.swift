import Shared

/// The contents of a file that a rule names, or a complaint that says why it cannot be read.
///
/// The path is as the rule gives it; the reader knows what it is relative to.
public typealias ListOpener = (_ path: String) throws(Complaint) -> [UInt8]

/// A list that rules name: lines `user`, or `user<TAB>word`. Empty lines and those that begin with `# ` are skipped.
struct UserList {
  private let path: String
  private let text: [UInt8]

  init(_ path: String, at place: SourcePlace, _ open: ListOpener) throws(Complaints) {
    self.path = path
    do throws(Complaint) {
      text = try open(path)
    } catch {
      throw Complaints(Complaint(at: place, "\(error)"))
    }
  }

  /// Complaints beyond so many say nothing new about a file.
  private static let mostComplaints = 20

  /// Calls `body` for each line.
  ///
  /// - Parameter hasWord: whether each line has a word behind its user; without, it must have none.
  func forEach(
    profile: JIDProfile, domain: Domain?, hasWord: Bool = false,
    _ body: (_ user: User, _ word: String, _ line: SourcePlace) -> Void
  ) throws(Complaints) {
    var complaints: [Complaint] = []
    let bytes = text.span
    var (start, number) = (0, 0)
    while start < bytes.count, complaints.count < Self.mostComplaints {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      number += 1
      let line = SourcePlace(file: path, line: number)
      let content = trimmed(bytes, start..<end)
      start = end + 1
      if isSkipped(bytes, content) { continue }
      let tab = content.first { bytes[$0] == UInt8(ascii: "\t") } ?? content.upperBound
      let word = trimmed(bytes, min(tab + 1, content.upperBound)..<content.upperBound)
      guard word.isEmpty == !hasWord else {
        complaints.append(
          Complaint(
            at: line,
            hasWord
              ? "no word behind the user; expected `user<TAB>word`"
              : "more than a user; expected one user a line"))
        continue
      }
      do throws(JIDError) {
        let user = try User(
          bytes.extracting(trimmed(bytes, content.lowerBound..<tab)), profile: profile,
          domain: domain)
        body(user, String(decoding: text[word], as: UTF8.self), line)
      } catch {
        complaints.append(Complaint(at: line, "\(error)"))
      }
    }
    if !complaints.isEmpty { throw Complaints(complaints) }
  }

  private func isSkipped(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
    // A user may begin with `#`, but has no space in it.
    line.isEmpty
      || bytes[line.lowerBound] == UInt8(ascii: "#")
        && (line.count == 1 || bytes[line.lowerBound + 1] == UInt8(ascii: " "))
  }

  /// Without white space at both ends.
  private func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isSpace(bytes[start]) { start += 1 }
    while end > start, isSpace(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  private func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}

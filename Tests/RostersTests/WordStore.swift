import Shared

@testable import Rosters

/// Words in memory, where others have a file.
final class WordStore: Spill {
  var words: [UInt64] = []

  init(_ words: [UInt64] = []) { self.words = words }

  var count: Int { words.count }

  func append(_ more: Span<UInt64>) throws(Complaint) {
    for index in more.indices { words.append(more[index]) }
  }

  func read(at start: Int, count: Int, into words: inout [UInt64]) throws(Complaint) {
    for index in 0..<count { words[index] = self.words[start + index] }
  }
}

// department: a plug-in for places where the name says where somebody works. `sales.anna@example.com` is of the
// department `sales`, and departments have their nodes:
//
//     # redirect.plugin.department.config = department.conf
//     sales = imB
//     development = imA
//
// Put it into the chain, `redirect.provider = db, ./department.so, hash`. Build it from the top of the repository:
//
//     swiftc -O -swift-version 6 -parse-as-library -emit-library -module-name department -I Sources/RedirectEdge/CPlugin \
//       Sources/RedirectEdge/PluginExamples/swift/*.swift -o department.so

/// The nodes of the departments. Nothing of it changes after it is made, so all workers may read it at once.
final class Departments: Sendable {
  /// What is wrong with the configuration, with its line.
  struct Fault: Error {
    let description: String
  }

  /// Sorted by the departments' bytes. Names of nodes end with a NUL.
  private let entries: [(department: [UInt8], node: [UInt8])]

  /// Reads lines `department = node`; `#` begins a comment.
  ///
  /// - Parameter longestNode: bytes that the name of a node may have.
  init(parsing text: some Sequence<UInt8>, longestNode: Int) throws(Fault) {
    var entries: [(department: [UInt8], node: [UInt8])] = []
    let lines = Array(text).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let line = Self.trim(line)
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      let words = line.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
        .map(Self.trim)
      guard words.count == 2, !words[0].isEmpty, (1...longestNode).contains(words[1].count) else {
        throw Fault(description: "line \(index + 1): expected `department = node`")
      }
      entries.append((Array(words[0]), words[1] + [0]))
    }
    entries.sort { $0.department.lexicographicallyPrecedes($1.department) }
    for (one, next) in zip(entries, entries.dropFirst()) where one.department == next.department {
      let name = String(decoding: one.department, as: UTF8.self)
      throw Fault(description: "department `\(name)` has two nodes; expected one")
    }
    self.entries = entries
  }

  /// The name of the node of the user's department, with a NUL at its end; nil if there is none. Allocates nothing.
  func node(of user: Span<UInt8>) -> [UInt8]? {
    guard let length = Self.departmentLength(user) else { return nil }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      switch Self.order(entries[middle].department, user, length) {
      case 0: return entries[middle].node
      case ..<0: low = middle + 1
      default: high = middle
      }
    }
    return nil
  }

  /// Bytes before the first dot of the localpart; nil if there is none.
  private static func departmentLength(_ user: Span<UInt8>) -> Int? {
    for place in user.indices {
      switch user[place] {
      case UInt8(ascii: "."): return place
      case UInt8(ascii: "@"): return nil
      default: continue
      }
    }
    return nil
  }

  /// Below, at or above 0: whether `name` goes before, is, or goes behind the first `length` bytes of `user`.
  private static func order(_ name: [UInt8], _ user: Span<UInt8>, _ length: Int) -> Int {
    for place in 0..<min(name.count, length) where name[place] != user[place] {
      return Int(name[place]) - Int(user[place])
    }
    return name.count - length
  }

  private static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isSpace(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
    let start = bytes.drop(while: isSpace)
    return start.prefix(start.lastIndex { !isSpace($0) }.map { $0 + 1 - start.startIndex } ?? 0)
  }
}

public import Shared

/// Clients that are known to follow a redirect by themselves: by the name that they say (SASL2's `<user-agent/>`), or by the
/// shape of their stream.
///
/// A file of them has lines `software NAME` and `shape TEXT`; what is empty or begins with `#` does not count.
public struct Followers: Sendable, Equatable {
  /// Lower case, sorted by nothing: there are few.
  private var software: [[UInt8]]
  private var shapes: Set<UInt64>

  /// Nobody.
  public static let none = Followers(software: [], shapes: [])

  /// Those that the edge knows of by itself: by name clients whose source was read (facts: they call themselves so in
  /// `<software/>`), by shape those that were measured, with the edge's own log at level `debug`.
  public static let shipped = Followers(software: shippedSoftware, shapes: shippedShapes)

  private init(software: [String], shapes: [String]) {
    self.software = software.map { Array($0.lowercased().utf8) }
    self.shapes = Set(shapes.map { Shape($0).hash })
  }

  /// These and those of a file.
  ///
  /// - Parameter file: the file's name, for complaints.
  /// - Throws: a complaint for every line that is wrong.
  public func adding(parsing text: String, file: String) throws(Complaints) -> Followers {
    var all = self
    var complaints: [Complaint] = []
    let newline = UInt8(ascii: "\n")
    let lines = text.utf8.split(separator: newline, omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() {
      let line = Self.trimmed(Substring(bytes))
      if line.isEmpty || line.utf8.first == UInt8(ascii: "#") { continue }
      let space = line.utf8.firstIndex { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      let value = space.map { Self.trimmed(line[$0...]) } ?? ""
      switch line[..<(space ?? line.endIndex)] {
      case "software" where !value.isEmpty: all.software.append(Array(value.lowercased().utf8))
      case "shape" where Self.isShape(value): all.shapes.insert(Shape(value).hash)
      default:
        complaints.append(
          Complaint(
            at: SourcePlace(file: file, line: index + 1),
            "expected `software NAME`, or `shape TEXT` as the log tells it at level debug"))
      }
    }
    if !complaints.isEmpty { throw Complaints(complaints) }
    return all
  }

  /// Every shape has a stream header.
  private static func isShape(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && text.split(separator: ";").contains { $0.hasPrefix("header=") }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var bytes = text.utf8
    func isSpace(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
    while let first = bytes.first, isSpace(first) { bytes = bytes.dropFirst() }
    while let last = bytes.last, isSpace(last) { bytes = bytes.dropLast() }
    return Substring(bytes)
  }

  /// Whether clients of this shape follow.
  public func have(_ shape: Shape) -> Bool { shapes.contains(shape.hash) }

  /// Whether the software whose name stands, escaped, in `range` follows. Letters A to Z count as a to z.
  func haveSoftware(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    for name in software {
      var text = Unescaped(range)
      var index = 0
      while let byte = text.next(in: bytes) {
        let small = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        guard index < name.count, name[index] == small else {
          index = -1
          break
        }
        index += 1
      }
      if index == name.count { return true }
    }
    return false
  }
}

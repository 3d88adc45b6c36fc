public import Shared

/// Clients that are known to follow a redirect by themselves: by the name that they say (SASL2's `<user-agent/>`), or by the
/// shape of their stream.
///
/// A file of them has lines `software NAME` and `shape TEXT`; what is empty or begins with `#` does not count.
public struct Followers: Sendable, Equatable {
  /// A to Z as a to z. Few: they are looked through one by one.
  private var software: [[UInt8]]
  private var shapes: Set<UInt64>

  /// Nobody.
  public static let none = Followers(software: [])

  /// Those that the edge knows of by itself.
  public static let shipped = Followers(software: shippedSoftware)

  private init(software: [String]) {
    self.software = software.map { name in name.utf8.map(Self.small) }
    shapes = []
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
      case "software" where !value.isEmpty: all.software.append(value.utf8.map(Self.small))
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
    text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
      && text.split(separator: ";").contains { $0.hasPrefix("header=") }
  }

  private static func small(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
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

  /// Whether the software whose name stands, escaped, in `range` follows.
  func haveSoftware(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
    for name in software {
      var text = Unescaped(range)
      var index = 0
      while let byte = text.next(in: bytes) {
        guard index < name.count, name[index] == Self.small(byte) else {
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

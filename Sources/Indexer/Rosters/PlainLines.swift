import Shared

/// Reads lines `local@domain<TAB>local@domain` whose names are nothing but ASCII in lower case: nearly all lines of nearly all
/// lists. They are looked at once, byte by byte; every other line is left to `TSVReader`.
struct PlainLines {
  /// By byte: whether it stands in a canonical localpart as it is.
  private let isPlain: [Bool]

  private static let all = (0...255).map { CanonicalJID.isPlainInLocal(UInt8($0)) }

  init() { isPlain = Self.all }

  /// Takes the line that begins at `start`; where the next one begins. Nil if it is another kind of line, or does not end in this
  /// chunk: then at most its owner has been told, which may be told again.
  @inline(__always)
  func take(
    _ chunk: Span<UInt8>, from start: Int, line: Int, into collector: inout ContactCollector
  ) -> Int? {
    var at = start
    if let end = Self.end(of: collector.rawOwner.span, in: chunk, from: start) {
      at = end + 1
    } else {
      guard let owner = name(in: chunk, from: start), chunk[owner.end] == 0x09 else { return nil }
      collector.setOwner(
        local: chunk.extracting(start..<owner.at),
        domain: chunk.extracting((owner.at + 1)..<owner.end), isPlain: true, line: line)
      at = owner.end + 1
    }
    guard let contact = name(in: chunk, from: at) else { return nil }
    var next = contact.end
    if chunk[next] == 0x0D { next += 1 }
    guard next < chunk.count, chunk[next] == 0x0A else { return nil }
    collector.add(
      local: chunk.extracting(at..<contact.at),
      domain: chunk.extracting((contact.at + 1)..<contact.end), isPlain: true, line: line)
    return next + 1
  }

  /// Where the owner's name ends if the line begins with it.
  @inline(__always)
  private static func end(of owner: Span<UInt8>, in chunk: Span<UInt8>, from start: Int) -> Int? {
    let end = start + owner.count
    guard !owner.isEmpty, end < chunk.count, chunk[end] == 0x09 else { return nil }
    return chunk.extracting(start..<end).begins(with: owner) ? end : nil
  }

  /// The `@` and the end of the name at `start`; nil if it is no plain one or reaches the end of the chunk.
  @inline(__always)
  private func name(in chunk: Span<UInt8>, from start: Int) -> (at: Int, end: Int)? {
    let isPlain = isPlain.span
    let count = chunk.count
    var at = start
    // A byte is always an index of the table.
    while at < count, unsafe isPlain[unchecked: Int(chunk[unchecked: at])] { at += 1 }
    guard at < count, at > start, at - start <= CanonicalJID.longestPart, chunk[at] == 0x40 else {
      return nil
    }
    var end = at + 1
    while end < count, unsafe isPlain[unchecked: Int(chunk[unchecked: end])] { end += 1 }
    return end < count && end > at + 1 ? (at, end) : nil
  }
}

import Shared

/// Cuts an input into lines, whatever its chunks. LF and CRLF end a line; the last may lack it.
struct LineReader {
  let file: String
  /// The number of the line that is being read, from 1.
  var line = 1
  /// The beginning of a line whose end has not come yet.
  private var pending: [UInt8] = []

  init(file: String) { self.file = file }

  /// Whether no line has begun that is not read yet.
  var isAtStart: Bool { pending.isEmpty }

  /// Calls `body` with each line that is complete, without its end.
  mutating func read(
    _ chunk: Span<UInt8>, _ body: (Span<UInt8>, _ line: Int) throws(Complaint) -> Void
  ) throws(Complaint) {
    var start = 0
    while let end = chunk.firstIndex(of: 0x0A, from: start) {
      if pending.isEmpty {
        try body(chunk.extracting(start..<Self.contentEnd(chunk, start, end)), line)
      } else {
        pending.append(copying: chunk.extracting(start..<end))
        try body(pending.span.extracting(0..<Self.contentEnd(pending.span, 0, pending.count)), line)
        pending.removeAll(keepingCapacity: true)
      }
      line += 1
      start = end + 1
    }
    pending.append(copying: chunk.extracting(start..<chunk.count))
    guard pending.count <= mostBytesAtOnce else {
      throw Complaint(place: "\(file):\(line)", message: "a line of over \(mostBytesAtOnce) bytes")
    }
  }

  /// Calls `body` with the last line if it had no end.
  mutating func finish(_ body: (Span<UInt8>, _ line: Int) throws(Complaint) -> Void)
    throws(Complaint)
  {
    if pending.isEmpty { return }
    try body(pending.span.extracting(0..<Self.contentEnd(pending.span, 0, pending.count)), line)
    pending = []
  }

  /// Where a line that ends before `end` really ends: a CR before the LF belongs to the line's end.
  private static func contentEnd(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    end > start && bytes[end - 1] == 0x0D ? end - 1 : end
  }
}

import Testing

@testable import PeerProtocol

@Suite("Lines out of pieces")
struct PeerLinesTests {
  /// All lines, or the fault, when `bytes` come in pieces of `size`.
  private func read(_ bytes: [UInt8], by size: Int) throws -> [String] {
    var lines = PeerLines()
    var found: [String] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      lines.feed(Array(bytes[start..<min(start + size, bytes.count)]).span)
      while let line = try lines.next() { found.append(String(decoding: line, as: UTF8.self)) }
    }
    return found
  }

  @Test("Pieces of any size give the same lines", arguments: 1...40)
  func pieces(size: Int) throws {
    let text = "PING\n\nQ 1 a@b\nlast line\nunfinished"
    #expect(try read(Array(text.utf8), by: size) == ["PING", "", "Q 1 a@b", "last line"])
  }

  @Test(
    "A line may have so many bytes, and not one more", arguments: [1, 7, 1000, 4095, 4096, 9000])
  func bound(size: Int) throws {
    let longest = [UInt8](repeating: UInt8(ascii: "x"), count: PeerLimits.line - 1)
    let end = [UInt8(ascii: "\n")]
    #expect(
      try read(end + longest + end + longest + end, by: size).map(\.count) == [0, 4095, 4095])
    #expect(throws: PeerFault.lineTooLong) { try read(longest + longest, by: size) }
    #expect(throws: PeerFault.lineTooLong) { try read(end + longest + longest + end, by: size) }
    #expect(throws: PeerFault.lineTooLong) {
      try read(longest + [UInt8(ascii: "x")] + end, by: size)
    }
  }
}

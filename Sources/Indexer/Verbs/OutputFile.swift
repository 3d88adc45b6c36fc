import MapFile

/// A text that is written line by line, to be put in its place whole or not at all.
struct OutputFile: ~Copyable {
  /// Lines are collected to so many bytes before they are written: more gains nothing.
  private static let blockSize = 1 << 20

  private var file: AtomicFile
  private var block: [UInt8] = []

  init(_ path: String) throws(FileError) {
    file = try AtomicFile(replacing: path, mode: 0o644)
  }

  /// Adds what `body` appends. False: a signal asks to stop.
  mutating func add(_ body: (inout [UInt8]) -> Void) throws(FileError) -> Bool {
    body(&block)
    guard block.count >= Self.blockSize else { return true }
    return try writeOut()
  }

  /// Everything is on the disk, still beside the old file. False: a signal asks to stop.
  mutating func finish() throws(FileError) -> Bool {
    guard try writeOut() else { return false }
    try file.bringToDisk()
    return !Interruption.isRequested
  }

  /// Gives it its name.
  mutating func publish() throws(FileError) { try file.publish() }

  private mutating func writeOut() throws(FileError) -> Bool {
    if Interruption.isRequested { return false }
    try file.write(block)
    block.removeAll(keepingCapacity: true)
    return !Interruption.isRequested
  }
}

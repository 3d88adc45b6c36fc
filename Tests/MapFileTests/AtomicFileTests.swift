import Glibc
import MapFile
import Testing

@Suite("A file comes into being whole or not at all")
struct AtomicFileTests {
  let scratch = Scratch()

  private func replace(_ files: FileOperations = .system, with text: String = "new") throws {
    var file = try AtomicFile(replacing: scratch["file"], files: files)
    try file.write(Array(text.utf8))
    try file.publish()
  }

  @Test("it replaces the old one, read-only")
  func replaces() throws {
    try replace(with: "old")
    try replace()
    #expect(scratch.read("file") == Array("new".utf8))
    #expect(scratch.names == ["file"])
    var status = stat()
    #expect(stat(scratch["file"], &status) == 0)
    #expect(status.st_mode & 0o777 == 0o444)
  }

  @Test("of several files none has its name before all are on the disk")
  func together() throws {
    try replace(with: "old")
    var files = FileOperations.system
    var file = try AtomicFile(replacing: scratch["file"])
    try file.write(Array("new".utf8))
    try file.bringToDisk()
    #expect(scratch.read("file") == Array("old".utf8))
    files.sync = { _ in EIO }
    var other = try AtomicFile(replacing: scratch["other"], files: files)
    #expect(throws: FileError.self) { try other.bringToDisk() }
    try file.publish()
    #expect(scratch.read("file") == Array("new".utf8))
  }

  /// Each step made to fail, and whether the new file is in place by then.
  static let failures: [(String, Bool, @Sendable (inout FileOperations) -> Void)] = [
    ("create", false, { $0.create = { _ in -EACCES } }),
    ("lock", false, { $0.lock = { _ in EIO } }),
    ("write", false, { $0.write = { _, _ in ENOSPC } }),
    (
      "half a write", false,
      {
        $0.write = { descriptor, bytes in
          _ = Descriptor.writeAll(bytes.span.extracting(..<1), to: descriptor)
          return ENOSPC
        }
      }
    ),
    ("mode", false, { $0.setMode = { _, _ in EPERM } }),
    ("sync", false, { $0.sync = { _ in EIO } }),
    ("rename", false, { $0.rename = { _, _ in EACCES } }),
    ("open directory", true, { $0.openDirectory = { _ in -EACCES } }),
  ]

  @Test(
    "whichever step fails, the old one or the new one is there, and nothing else",
    arguments: failures.indices)
  func failure(index: Int) throws {
    let (step, isInPlace, change) = Self.failures[index]
    try replace(with: "old")
    var files = FileOperations.system
    change(&files)
    let error = #expect(throws: FileError.self) { try replace(files) }
    #expect(error?.description.contains("cannot") == true)
    #expect(scratch.read("file") == Array((isInPlace ? "new" : "old").utf8), "\(step)")
    #expect(scratch.names == ["file"], "\(step)")
    try replace(with: "next")
    #expect(scratch.read("file") == Array("next".utf8))
  }

  @Test("a map whose publishing fails at any step leaves the old map", arguments: failures.indices)
  func mapFailure(index: Int) throws {
    let (step, isInPlace, change) = Self.failures[index]
    let old = try scratch.writeMap([("old@a.example", 1)], to: "file")
    var files = FileOperations.system
    change(&files)
    #expect(throws: MapWriterError.self) {
      var writer = try MapWriter(replacing: scratch["file"], partitions: 9, files: files)
      try writer.add(Array("new@a.example".utf8).span, 1)
      _ = try writer.publish(header: .example)
    }
    let now = try Map(path: scratch["file"])
    #expect((now.identity == old) == !isInPlace, "\(step)")
    #expect(scratch.names == ["file"], "\(step)")
  }

  @Test("what a crash left is cleared up, what another writer is writing is not")
  func leftovers() throws {
    scratch.write("half", to: ".file.redirect-edge-0123456789abc.tmp")
    scratch.write("somebody's", to: ".file.crashed.tmp")
    scratch.write("not ours", to: ".file2.crashed.tmp")
    scratch.write("not ours either", to: ".file.crashed")
    let other = try AtomicFile(replacing: scratch["file"])
    try other.write(Array("other".utf8))
    try replace()
    let name = other.temporaryPath.split(separator: "/").last.map(String.init)
    #expect(
      scratch.names
        == [".file.crashed", ".file.crashed.tmp", name!, ".file2.crashed.tmp", "file"].sorted())
    discard(other)
    #expect(
      scratch.names
        == [".file.crashed", ".file.crashed.tmp", ".file2.crashed.tmp", "file"].sorted())
  }

  private func discard(_ file: consuming AtomicFile) {}

  @Test("two writers: the last to publish is there, whole")
  func twoWriters() throws {
    var first = try AtomicFile(replacing: scratch["file"])
    var second = try AtomicFile(replacing: scratch["file"])
    try first.write(Array("first".utf8))
    try second.write(Array("second".utf8))
    try second.publish()
    try first.publish()
    #expect(scratch.read("file") == Array("first".utf8))
    #expect(scratch.names == ["file"])
  }

  @Test("devices and directories are not replaced")
  func special() {
    for path in ["/dev/null", scratch.path] {
      #expect(throws: FileError.self) { _ = try AtomicFile(replacing: path) }
    }
    #expect(throws: FileError.self) { _ = try AtomicFile(replacing: scratch["absent/file"]) }
  }
}

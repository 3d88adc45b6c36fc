import Glibc
import MapFile
import Shared

/// A directory of a test's own, removed with it.
final class Scratch: Sendable {
  let path: String

  init() {
    let name = "redirect-edge-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    path = "/tmp/\(name)"
    precondition(mkdir(path, 0o700) == 0, "cannot make \(path)")
  }

  deinit {
    for name in names { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  subscript(name: String) -> String { "\(path)/\(name)" }

  /// What stands in the directory, sorted, hidden files too.
  var names: [String] {
    guard let listing = opendir(path) else { return [] }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func read(_ name: String) -> [UInt8] {
    let descriptor = open(self[name], O_RDONLY)
    precondition(descriptor >= 0, "cannot open \(self[name])")
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
    precondition(pread(descriptor, &bytes, bytes.count, 0) == bytes.count)
    return bytes
  }

  func write(_ bytes: some Sequence<UInt8>, to name: String) {
    let bytes = Array(bytes)
    unlink(self[name])
    let descriptor = open(self[name], O_WRONLY | O_CREAT | O_EXCL, 0o600)
    precondition(descriptor >= 0, "cannot create \(self[name])")
    precondition(Descriptor.writeAll(bytes.span, to: descriptor) == 0)
    close(descriptor)
  }

  func write(_ text: String, to name: String) {
    write(text.utf8, to: name)
  }

  /// A map of these users, written by `MapWriter`; sorts them.
  @discardableResult
  func writeMap(
    _ users: [(String, Partition)], to name: String, header: DatabaseHeader = .example
  ) throws -> Map.Identity {
    var writer = try MapWriter(replacing: self[name], partitions: header.partitions)
    for (user, partition) in users.sorted(by: { Array($0.0.utf8).precedes(Array($1.0.utf8)) }) {
      try writer.add(Array(user.utf8).span, partition)
    }
    return try writer.publish(header: header)
  }
}

extension [UInt8] {
  func precedes(_ other: [UInt8]) -> Bool { lexicographicallyPrecedes(other) }
}

extension DatabaseHeader {
  /// Nine partitions, nodeprep, no count of users.
  static var example: DatabaseHeader {
    var header = DatabaseHeader()
    header.generation = 7
    header.created = "2026-11-21T12:00:00Z"
    header.profile = .nodeprep
    header.partitions = 9
    return header
  }
}

extension Map {
  /// Users in the order in which `forEachUser` tells them.
  func all() throws -> [(user: String, partition: Partition)] {
    let reader = try MapReader(self)
    var all: [(user: String, partition: Partition)] = []
    reader.forEachUser { user, partition in
      all.append((String(decoding: user.indices.map { user[$0] }, as: UTF8.self), partition))
    }
    return all
  }
}

import Glibc
import Shared

/// The generation of a `redirect.db` that is there already.
enum PreviousGeneration {
  /// The generation that the header of the file tells; 0 if there is no such file.
  ///
  /// A file that cannot be understood counts as 0 too, with a note: a damaged old file must not keep
  /// anybody from making a new one.
  static func read(from path: String) -> UInt64 {
    guard let source = try? ByteSource.open(path), source.kind == .file else { return 0 }
    do {
      let text = try headerText(source)
      return try DatabaseHeader(parsing: text, file: path).generation
    } catch {
      Output.note("\(error)\n\(path): the generation is counted from 0")
      return 0
    }
  }

  /// The lines before the first user.
  private static func headerText(_ source: borrowing ByteSource) throws -> String {
    let newline = UInt8(ascii: "\n")
    var header: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while header.count < DatabaseHeader.maximumBytes {
      let count = try source.read(into: &block)
      guard count > 0 else { break }
      header += block[..<count]
      var start = 0
      while start < header.count, header[start] == UInt8(ascii: "#"),
        let end = header[start...].firstIndex(of: newline)
      {
        start = end + 1
      }
      // What stands behind the last whole line of the header is a user, or its next line's beginning.
      if start < header.count, header[start] != UInt8(ascii: "#") {
        return String(decoding: header[..<start], as: UTF8.self)
      }
    }
    return String(decoding: header, as: UTF8.self)
  }
}

/// Names of files beside each other.
enum FilePlace {
  /// `name` in the directory of `path`.
  static func beside(_ path: String, _ name: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return name }
    return path[...slash] + name
  }

  /// What stands behind the last slash.
  static func name(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// Whether reading `input` (a file, a directory of files, or - for standard input) reads the file at `path`.
  static func holds(_ input: String, _ path: String) -> Bool {
    if input == "-" { return isSame("/dev/stdin", path) }
    let isRead = RosterFiles.suffixes.contains { path.hasSuffix($0) } && isSame(path, path)
    return isRead && isSame(input, beside(path, ".")) || isSame(input, path)
  }

  /// Whether both paths lead to one file, which need not exist.
  static func isSamePlace(_ first: String, _ second: String) -> Bool {
    isSame(first, second)
      || name(first) == name(second) && isSame(beside(first, "."), beside(second, "."))
  }

  /// Whether both paths lead to one file that exists.
  static func isSame(_ first: String, _ second: String) -> Bool {
    var one = stat()
    var other = stat()
    return unsafe stat(first, &one) == 0 && stat(second, &other) == 0
      && one.st_dev == other.st_dev && one.st_ino == other.st_ino
  }
}

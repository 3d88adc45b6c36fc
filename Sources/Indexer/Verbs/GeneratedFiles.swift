import MapFile

/// One of the texts that `generate` writes.
protocol GeneratedText {
  /// Where it goes.
  var path: String { get }

  /// Writes all of it. False: a signal asks to stop.
  func append(to file: inout OutputFile) throws(FileError) -> Bool
}

/// All that `generate` writes, beside its report: whole files, or none of them.
struct GeneratedFiles {
  let texts: [any GeneratedText]

  /// Puts the files in their places; a signal stops it before.
  ///
  /// All are on the disk before any gets its name, and the first gets it last: where that is new, so are the others.
  func write() throws {
    Interruption.watch()
    do throws(FileError) {
      _ = try Self.write(texts[...])
    } catch {
      let code = error.isOfPlace ? ExitStatus.cannotCreate : ExitStatus.ioError
      throw Output.complain(error.description, code)
    }
    if Interruption.isRequested { Interruption.end() }
  }

  private static func write(_ texts: ArraySlice<any GeneratedText>) throws(FileError) -> Bool {
    guard let text = texts.first else { return true }
    var file = try OutputFile(text.path)
    guard try text.append(to: &file), try file.finish(), try write(texts.dropFirst()) else {
      return false
    }
    try file.publish()
    return true
  }
}

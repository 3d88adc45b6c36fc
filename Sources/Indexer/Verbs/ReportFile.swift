import ArgumentParser
import MapFile
import Shared

/// `--report FILE`: the ending says which form.
struct ReportFile: ExpressibleByArgument {
  enum Form: String, CaseIterable {
    case html
    case json
  }

  let path: String
  let form: Form

  init?(argument: String) {
    guard let dot = argument.lastIndex(of: "."), !FilePlace.name(argument).hasPrefix("."),
      let form = Form(rawValue: argument[argument.index(after: dot)...].lowercased())
    else { return nil }
    path = argument
    self.form = form
  }

  /// Throws if there can be no such file.
  func requireWritable() throws {
    do throws(FileError) {
      _ = try AtomicFile(replacing: path, mode: 0o644)
    } catch {
      throw Output.complain(error.description, ExitStatus.cannotCreate)
    }
  }
}

/// A report, as it is written with all else.
struct ReportText: GeneratedText {
  let file: ReportFile
  let contents: ReportContents

  var path: String { file.path }

  func append(to output: inout OutputFile) throws(FileError) -> Bool {
    let text =
      switch file.form {
      case .html: ReportPage(contents).text
      case .json: contents.json.text + "\n"
      }
    return try output.add { $0 += text.utf8 }
  }
}

import MapFile
import Partitioning
import Shared

/// The page that tells people what `generate` did: one file, nothing fetched, all numbers in its tables.
///
/// Its style and its script are constant and named by their digests in the page's policy (CSP), so nothing else in it can
/// ever run or be loaded, whatever a name of a node contains.
struct ReportPage {
  let text: String

  init(_ contents: ReportContents) {
    text = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <title>\(HTMLText.escaped(Self.title(contents)))</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      \(Self.headline(contents))
      <main>
      \(Self.sections(contents).joined(separator: "\n"))
      </main>
      <footer>
      <p>Written by rdadmin \(Version.text)\(Self.created(contents)). No user is named on this page.</p>
      </footer>
      <script>\(Self.script)</script>
      </body>
      </html>

      """
  }

  private static func title(_ contents: ReportContents) -> String {
    let kept = HTMLText.percent(contents.findings.presenceKept, digits: 1)
    return "Generation \(contents.header.generation): \(kept) of presence stays at home"
  }

  private static func created(_ contents: ReportContents) -> String {
    contents.header.created.map { ", \(HTMLText.escaped($0))" } ?? ""
  }

  private static func sections(_ contents: ReportContents) -> [String] {
    [
      sizes(contents), cut(contents), grid(contents), networks(contents), moves(contents),
      rules(contents),
      asked(contents), meaning(contents),
    ].filter { !$0.isEmpty }
  }

  /// A section with a heading that links can lead to.
  static func section(_ name: String, _ heading: String, _ body: String) -> String {
    """
    <section aria-labelledby="\(name)">
    <h2 id="\(name)">\(heading)</h2>
    \(body)
    </section>
    """
  }

  /// A table that scrolls by itself where it is too wide, and can be reached by keyboard for that.
  static func table(_ caption: String, name: String, kind: String = "", _ rows: String) -> String {
    """
    <div class="scroll" role="group" aria-label="\(name)" tabindex="0">
    <table\(kind.isEmpty ? "" : " class=\"\(kind)\"")>
    <caption>\(caption)</caption>
    \(rows)
    </table>
    </div>
    """
  }

  /// The row that names the columns; those that begin with `#` hold numbers.
  static func heads(_ names: [String]) -> String {
    let cells = names.map { name in
      name.hasPrefix("#")
        ? "<th scope=\"col\" class=\"n\">\(name.dropFirst())</th>"
        : "<th scope=\"col\">\(name)</th>"
    }
    return "<thead><tr>\(cells.joined())</tr></thead>"
  }

  /// Nothing but this style and this script.
  private static let policy =
    "default-src 'none'; style-src '\(source(style))'; script-src '\(source(script))'; "
    + "base-uri 'none'; form-action 'none'"

  /// What a policy calls a piece of the page (CSP level 3, section 2.3.1).
  private static func source(_ text: String) -> String {
    "sha256-" + base64(Digest.of(Array(text.utf8).span))
  }

  /// RFC 4648 section 4.
  private static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars)
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for place in 0..<4 {
        let isFilled = place <= group.count
        text.unicodeScalars.append(
          isFilled ? letters[Int(bits >> UInt32(18 - 6 * place)) & 63] : "=")
      }
    }
    return text
  }
}

/// The text of `docs/configuration.md`, made from the keys.
public enum ConfigurationReference {
  /// Columns of a line of prose.
  private static let width = 118

  /// The whole page.
  public static func markdown() -> String {
    var page = introduction
    for section in ConfigurationKey.sections {
      page += "\n## \(section.title)\n\n\(wrapped(section.introduction))\n"
      for key in section.keys { page += "\n" + entry(key) }
    }
    return page + "\n" + expressions
  }

  private static func entry(_ key: ConfigurationKey) -> String {
    let fallback =
      switch key.fallback {
      case .value(let value): "Default `\(value)`."
      case .nothing: "No default."
      case .required: "Required."
      case .same(let other): "Default: as `\(other)`."
      }
    return """
      ### `\(key.name)`

      \(wrapped("\(fallback) \(key.meaning)"))

      ```
      \(key.example)
      ```

      """
  }

  /// Prose in lines that fit a terminal.
  private static func wrapped(_ text: String) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    return (lines + [line]).joined(separator: "\n")
  }

  private static let introduction = """
    # Configuration

    <!-- Made from Sources/Shared/Values/ConfigurationKeys*.swift, and a test compares.
         To write it anew: WRITE_DOCS=1 swift test --filter ConfigurationReference -->

    `redirect.conf` is read by `redirect-edge` and `rdadmin`: lines `key = value`. Lines that begin with `#` or `!` are
    comments. A value may stand in single or double quotes, so that it can begin or end with a space. Before every key
    `iim_server.` may stand, as in the original's `iim.conf`. A key stands once in the file. An empty value means the
    default.

    ```
    domains = example.com
    redirect.to = imA, imB
    redirect.to.imA.host = ima.example.com
    redirect.to.imB.host = imb.example.com
    listener.clients.address = [::]:5222
    tls.certificate = example.com.pem
    tls.key = example.com.key
    ```

    Flags beat the environment, the environment beats the file, the file beats the defaults.

    - Flags: `redirect-edge --set key=value`, any key, any number of times; of a key given twice the last counts.
    - Environment: `REDIRECT_EDGE_` and the key in capitals, with `_` for dots, as `REDIRECT_EDGE_LOG_LEVEL=debug`. Keys
      that name a node, a listener, a domain or a plug-in cannot be set so: capitals and `_` do not tell names exactly.
      Variables that Kubernetes makes of a Service (`REDIRECT_EDGE_SERVICE_HOST` and their like) are left alone.

    Times are a whole number and `ms`, `s`, `m` or `h`, as `500ms`; `0` is none. Sizes are bytes. Yes and no are `true`,
    `yes`, `on` and `false`, `no`, `off`. Paths are relative to the directory of the configuration file.

    Everything that is wrong is told at once, one line each with file and line: unknown keys, bad values, nodes that are
    named but not defined, and what cannot hold together, as a target that is the edge's own listener. A running edge
    goes on with the configuration it has.

    """

  private static let expressions = """
    ## Regular expressions of `redirect.regex`

    ```
    # regular expression -> node or partition number
    @sales\\.example\\.com$ -> imB
    ^(anna|bert)@ -> 7
    ```

    The last ` -> ` of a line separates. The expression is matched against the canonical name `local@domain`; a match
    anywhere counts unless `^` and `$` say otherwise. A rule that leads to a partition uses the lines of
    `redirect.db.partitions`.

    | written | matches |
    |---|---|
    | `.` | any character |
    | `[a-z]`, `[^a-z]` | a character of a set, or of none of it |
    | `\\d`, `\\w`, `\\s`, `\\D`, `\\W`, `\\S` | digit, word character, white space, and the others; ASCII |
    | `\\t`, `\\n`, `\\r`, `\\f`, `\\xHH`, `\\x{H...}`, `\\uHHHH` | a character by its name or number |
    | `\\.`, `\\-`, `\\#` ... | punctuation itself |
    | `(...)`, `(?:...)`, `(?<name>...)` | a group |
    | `a\\|b` | one or the other |
    | `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}` | repetition, up to 1023 times; lazy forms (`*?`) match the same |
    | `^`, `$` | the ends of the name |

    Matching takes time in proportion to the name, whatever the expression: nobody can stall an edge by the choice of
    his name. So backreferences, look-around, atomic groups, possessive quantifiers and flags do not exist. With its
    repetitions written out an expression has fewer than 2000 characters and sets. Nearly every expression costs one
    step for each character of a name; one that has to follow many possibilities at once (as `a.{20}b`, anywhere) costs
    a step for each of its characters and sets. All rules together may cost 4000.
    """ + "\n"
}

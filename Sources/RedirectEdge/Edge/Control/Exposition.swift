/// Numbers as Prometheus reads them: the text format, version 0.0.4.
struct Exposition {
  /// What kind of number a family's samples are.
  enum Kind: String {
    case counter, gauge, histogram
  }

  /// Names and values that tell a sample from the others of its family.
  typealias Labels = KeyValuePairs<String, String>

  /// The content type of `text`.
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// All families so far.
  private(set) var text = ""

  /// Begins a family; its samples follow. `help` is one line.
  mutating func family(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  /// A whole number.
  mutating func sample(_ name: String, _ labels: Labels = [:], _ value: Int) {
    sample(name, labels, text: "\(value)")
  }

  /// Any finite number.
  mutating func sample(_ name: String, _ labels: Labels = [:], _ value: Double) {
    sample(name, labels, text: "\(value)")
  }

  /// A family with one sample.
  mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
    family(name, kind, help)
    sample(name, [:], value)
  }

  /// A histogram in seconds, of classes in milliseconds that each stand for itself; the last class is above all bounds.
  mutating func histogram(
    _ name: String, _ labels: [(String, String)], bounds: [Int64], classes: [Int], sum: Int
  ) {
    var count = 0
    for (place, number) in classes.enumerated() {
      count += number
      let bound = place < bounds.count ? "\(Double(bounds[place]) / 1000)" : "+Inf"
      write("\(name)_bucket", labels + [("le", bound)], "\(count)")
    }
    write("\(name)_sum", labels, "\(Double(sum) / 1000)")
    write("\(name)_count", labels, "\(count)")
  }

  private mutating func sample(_ name: String, _ labels: Labels, text value: String) {
    write(name, labels.map { ($0.key, $0.value) }, value)
  }

  private mutating func write(_ name: String, _ labels: [(String, String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      text += "{\(labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ","))}"
    }
    text += " \(value)\n"
  }

  /// Backslash, quotation mark and line feed.
  private static func escaped(_ value: String) -> String {
    var escaped = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
